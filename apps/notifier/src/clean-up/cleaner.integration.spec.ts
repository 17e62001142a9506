import { eventually } from '@looseleaf/infra';
import { status, WebhookReceiver } from '../testing/webhook-receiver.js';
import { aDepletion, open, rows, subscribe, TestNotifier, type Replica } from '../testing/test-notifier.js';
import { Cleaner } from './cleaner.js';

describe('The clean-up', () => {
  let shop: TestNotifier;
  let replica: Replica;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    shop = await TestNotifier.start();
    receiver = await WebhookReceiver.start();
  });
  afterAll(async () => {
    await receiver.stop();
    await shop.stop();
  });
  beforeEach(async () => {
    replica = await shop.replica();
    receiver.answer = status(410);
  });
  afterEach(async () => {
    await rows(replica, 'TRUNCATE deliveries, events');
    await replica.stop();
  });

  const clean = (deadLetterRetentionMs: number): Promise<void> => {
    const logger = { info: () => {}, warn: () => {}, error: () => {} };
    return new Cleaner({ database: replica.database, logger, deadLetterRetentionMs }).clean();
  };
  const count = async (table: string): Promise<number> => {
    const [row] = await rows<{ count: number }>(replica, `SELECT count(*)::int AS count FROM ${table}`);
    return row!.count;
  };
  const deadLetter = async (events = 1): Promise<string> => {
    const { id } = await subscribe(replica, receiver.url);
    await replica.notify.execute(Array.from({ length: events }, () => aDepletion()));
    await eventually(async () => expect(await replica.subscriptions.find(id)).toMatchObject({ deadLettered: events }));
    return id;
  };

  it('removes events that have reached everybody, and keeps those that have not', async () => {
    const id = await deadLetter();
    receiver.answer = status(200);
    await replica.notify.execute([aDepletion(), aDepletion()]);
    await eventually(async () => expect(await open(replica)).toBe(1));
    expect(await count('events')).toBe(3);
    await clean(60_000);
    expect(await count('events')).toBe(1);
    expect((await replica.deadLetters.list(id, undefined, 10)).items).toHaveLength(1);
    await replica.subscriptions.delete(id);
  });

  it('removes what was for a subscription that was deleted', async () => {
    await replica.subscriptions.delete(await deadLetter(3));
    await clean(60_000);
    await clean(60_000);
    expect([await count('deliveries'), await count('events')]).toEqual([0, 0]);
  });

  it('removes dead letters that are too old', async () => {
    const id = await deadLetter(3);
    await clean(60_000);
    expect(await count('deliveries')).toBe(3);
    await rows(replica, "UPDATE deliveries SET dead_lettered_at = now() - interval '61 s'");
    await clean(60_000);
    expect([await count('deliveries'), await count('events')]).toEqual([0, 0]);
    await replica.subscriptions.delete(id);
  });

  it('goes over more than one statement takes', async () => {
    await rows(
      replica,
      `INSERT INTO events (id, name, body, occurred_at)
       SELECT gen_random_uuid(), 'stock.depleted', '{}', now() FROM generate_series(1, 4001)`,
    );
    await clean(60_000);
    expect(await count('events')).toBe(0);
  });
});
