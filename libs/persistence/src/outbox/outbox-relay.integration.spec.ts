import { eventually } from '@looseleaf/infra';
import { PermanentError, UnavailableError, type OutgoingMessage } from '@looseleaf/messaging';
import type { Database } from '../database.js';
import { RecordingBroker, type Sent } from '../testing/recording-broker.js';
import { message, ready, TestDatabases } from '../testing/test-database.js';
import { OutboxRelay } from './outbox-relay.js';
import { readOutboxFigures } from './read-outbox-figures.js';

const GROUPS = 8;

describe('the outbox relay', () => {
  let databases: TestDatabases;
  let database: Database;
  let broker: RecordingBroker;
  let relays: OutboxRelay[];
  beforeAll(async () => {
    databases = await TestDatabases.start();
    database = await ready(databases.open({ poolSize: 16 }));
    await database.read((manager) =>
      manager.query('CREATE TABLE sequences (group_key text PRIMARY KEY, last int NOT NULL)'),
    );
  });
  beforeEach(async () => {
    broker = new RecordingBroker();
    relays = [];
    await database.read((manager) => manager.query('TRUNCATE sequences, outbox, outbox_failed'));
  });
  afterEach(() => Promise.all(relays.map((relay) => relay.stop())));
  afterAll(() => databases.stop());

  const relayOn = (database: Database, on = broker): OutboxRelay => {
    const relay = new OutboxRelay({ database, broker: on.asBroker(), sweepMs: 50 });
    relays.push(relay);
    relay.start();
    return relay;
  };
  /** As services do: the group's row is locked by an update, the message tells the new value. */
  const step = (on: Database, group: string): Promise<void> =>
    on.transaction(async (tx) => {
      const [row] = await tx.query<{ last: number }>(
        'INSERT INTO sequences VALUES ($1, 1) ON CONFLICT (group_key) DO UPDATE SET last = sequences.last + 1 RETURNING last',
        [group],
      );
      tx.publish('events', [message(row!.last, group)]);
    });
  const isEmpty = async (): Promise<void> => {
    const rows = await database.read((manager) => manager.query<object[]>('SELECT FROM outbox'));
    expect(rows).toHaveLength(0);
  };
  const bodiesByGroup = (sent: readonly Sent[]): Map<string, number[]> => {
    const groups = new Map<string, number[]>();
    for (const { message } of sent) {
      const bodies = groups.get(message.groupKey!) ?? [];
      if (!bodies.includes(message.body as number)) bodies.push(message.body as number);
      groups.set(message.groupKey!, bodies);
    }
    return groups;
  };
  const expectAllInOrder = (steps: number): void => {
    const expected = Array.from({ length: steps }, (_, index) => index + 1);
    for (const [, bodies] of bodiesByGroup(broker.sent)) expect(bodies).toEqual(expected);
    expect(bodiesByGroup(broker.sent).size).toBe(GROUPS);
  };
  const trade = async (steps: number): Promise<void> => {
    const groups = Array.from({ length: GROUPS }, (_, index) => `group-${index}`);
    await Promise.all(
      groups.map(async (group) => {
        for (let index = 0; index < steps; index += 1) await step(database, group);
      }),
    );
  };

  it('sends everything, in order within each group, from two replicas', async () => {
    const other = await ready(databases.open());
    relayOn(database);
    relayOn(other);
    await trade(40);
    await eventually(isEmpty);
    expectAllInOrder(40);
    expect(broker.sent).toHaveLength(GROUPS * 40);
  });

  it('sends each transaction in one call for each destination', async () => {
    await database.transaction((tx) => {
      tx.send('commands', [message(1)]);
      tx.publish('events', [message(2)]);
      tx.send('commands', [message(3), message(4)]);
      return Promise.resolve();
    });
    relayOn(database);
    await eventually(isEmpty);
    expect([...broker.calls].sort()).toEqual(['queue commands 3', 'topic events 1']);
  });

  it('sends again, with the same ids, what was sent by a relay that died before it could delete', async () => {
    const dying = databases.open();
    await ready(dying);
    let died: (() => void) | undefined;
    const death = new Promise<void>((resolve) => (died = resolve));
    const before = new RecordingBroker();
    before.onSend = async () => {
      // What the kernel does for a killed process: the connection is gone, the transaction is not committed.
      await database.read((manager) =>
        manager.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle in transaction'"),
      );
      died!();
    };
    await trade(5);
    const first = relayOn(dying, before);
    await death;
    await first.stop();
    relayOn(database);
    await eventually(isEmpty);
    expectAllInOrder(5);
    const resent = new Set(broker.sent.map(({ message }) => message.id));
    expect(before.sent.every(({ message }) => resent.has(message.id))).toBe(true);
  });

  it('waits while the broker is away, and loses nothing and no order', async () => {
    let isAway = true;
    broker.onSend = () => (isAway ? Promise.reject(new UnavailableError('broker')) : Promise.resolve());
    relayOn(database);
    await trade(3);
    expect(broker.sent).toHaveLength(0);
    isAway = false;
    await eventually(isEmpty);
    expectAllInOrder(3);
  });

  it('gets through to a broker that is too slow for much at once', async () => {
    broker.onSend = (batch) => (batch.length > 3 ? Promise.reject(new UnavailableError('broker')) : Promise.resolve());
    await trade(1);
    relayOn(database);
    await eventually(isEmpty);
    expectAllInOrder(1);
  });

  it('goes on after its own database was away', async () => {
    relayOn(database);
    await step(database, 'group');
    await eventually(isEmpty);
    await databases.server.restart();
    await eventually(() => step(database, 'group'));
    await eventually(isEmpty);
    await eventually(() => expect(broker.sent.length).toBeGreaterThanOrEqual(2));
  });

  it('moves a message that the broker refuses for good aside, and sends the others', async () => {
    const messages = Array.from({ length: 50 }, (_, index) => message(index));
    broker.onSend = (batch: readonly OutgoingMessage[]) =>
      batch.some(({ body }) => body === 17)
        ? Promise.reject(new PermanentError('MESSAGE.TOO_LARGE', 'too large'))
        : Promise.resolve();
    await database.transaction((tx) => Promise.resolve(tx.send('commands', messages)));
    expect(await readOutboxFigures(database)).toEqual({ depth: 1, failed: 0 });
    relayOn(database);
    await eventually(isEmpty);
    expect(await readOutboxFigures(database)).toEqual({ depth: 0, failed: 1 });
    expect(broker.sent.map(({ message }) => message.body)).toEqual([...Array(50).keys()].filter((body) => body !== 17));
    const failed = await database.read((manager) =>
      manager.query('SELECT message_id, kind, name, reason FROM outbox_failed'),
    );
    expect(failed).toEqual([{ message_id: messages[17]!.id, kind: 'queue', name: 'commands', reason: 'too large' }]);
  });

  it('sends what is left when it is stopped', async () => {
    const relay = new OutboxRelay({ database, broker: broker.asBroker(), sweepMs: 60_000, lingerMs: 60_000 });
    relay.start();
    await eventually(isEmpty);
    await step(database, 'group');
    await relay.stop();
    expect(broker.sent).toHaveLength(1);
  });
});
