import { eventually, startKafka, type KafkaCluster } from '@looseleaf/infra';
import { DONE, UnavailableError, type BatchHandler, type Delivery, type MessageBroker } from '@looseleaf/messaging';
import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import { aMessage, indexOf, messages } from '@looseleaf/messaging/conformance';
import { createKafkaBroker, type KafkaBrokerOptions } from './index.js';
import { runConsumer, type ConsumerProcess } from './testing/consumer-process.js';

const START_MS = 120_000;
const SESSION_TIMEOUT_MS = 6000;

let cluster: KafkaCluster;
const brokers: MessageBroker[] = [];
const processes: ConsumerProcess[] = [];
let queues = 0;

beforeAll(async () => {
  cluster = await startKafka();
}, START_MS);
afterEach(async () => {
  await Promise.all(processes.splice(0).map((each) => each.kill('SIGKILL')));
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});
afterAll(() => cluster.stop());

function connect(options: Partial<KafkaBrokerOptions> = {}): MessageBroker {
  const broker = createKafkaBroker({
    brokers: cluster.bootstrapServers,
    clientId: 'test',
    topics: { partitions: 4 },
    ...options,
  });
  brokers.push(broker);
  return broker;
}

function holdingConsumer(queue: string, maxMessages: number, holdAfter: number): ConsumerProcess {
  const consumer = runConsumer({ brokers: cluster.bootstrapServers, queue, maxMessages, holdAfter });
  processes.push(consumer);
  return consumer;
}

async function aQueue(broker: MessageBroker): Promise<string> {
  queues += 1;
  const name = `queue-${queues}`;
  await broker.declare({ queues: [{ name }], topics: [], subscriptions: [] });
  return name;
}

/** Remembers the indexes of what it was given. */
function remembering(): { handler: BatchHandler; indexes: number[]; receiveCounts: number[] } {
  const indexes: number[] = [];
  const receiveCounts: number[] = [];
  const handler: BatchHandler = async (batch) => {
    indexes.push(...batch.map(({ message }) => indexOf(message.body)));
    receiveCounts.push(...batch.map(({ receiveCount }) => receiveCount));
    return batch.map(() => DONE);
  };
  return { handler, indexes, receiveCounts };
}

/** A logger that adds the partitions of each join. */
function tellingOf(joined: unknown[]): BrokerLogger {
  return {
    info: (details) => void ('partitions' in details && joined.push(details.partitions)),
    warn: () => undefined,
    error: () => undefined,
  };
}

async function statsOf(broker: MessageBroker, name: string) {
  return (await broker.administration.stats()).find(({ queue }) => queue === name)!;
}

describe('consumers of a queue', () => {
  it('take over from one that was killed within ten seconds, and only what it had not done', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    await broker.queue(name).send(messages(40, (index) => ({ groupKey: `g${index % 8}` })));
    const victim = holdingConsumer(name, 10, 20);
    await eventually(() => expect(victim.received.length).toBe(30));
    const others = remembering();
    broker.queue(name).consume(others.handler);
    await victim.kill('SIGKILL');
    const killedAt = performance.now();
    await eventually(() => expect(others.indexes.length).toBeGreaterThanOrEqual(20));
    // Ten seconds on a machine that has time; here, what is not the session's is given room.
    expect(performance.now() - killedAt).toBeLessThan(SESSION_TIMEOUT_MS + 10_000);
    const done = victim.received.slice(0, 20);
    expect([...others.indexes].sort((a, b) => a - b)).toEqual(
      [...Array(40).keys()].filter((index) => !done.includes(index)),
    );
    expect(others.receiveCounts.filter((count) => count === 2)).toHaveLength(10);
  });

  it('are not disturbed by one that was frozen past its session and says "done" when it wakes', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    await broker.queue(name).send(messages(3, () => ({ groupKey: 'g' })));
    const zombie = holdingConsumer(name, 1, 0);
    await eventually(() => expect(zombie.received).toEqual([0]));
    await zombie.kill('SIGSTOP');
    let judge = (): void => undefined;
    const judged = new Promise<void>((resolve) => (judge = resolve));
    const delivered: [index: number, receiveCount: number][] = [];
    const joined: unknown[] = [];
    connect({ logger: tellingOf(joined) })
      .queue(name)
      .consume(
        async (batch) => {
          const [{ message, receiveCount }] = batch as [Delivery];
          delivered.push([indexOf(message.body), receiveCount]);
          if (delivered.length > 1) return [DONE];
          await judged;
          return [{ kind: 'failed', error: new Error('not yet'), delayMs: 0 }];
        },
        { maxMessages: 1 },
      );
    await eventually(() => expect(delivered).toEqual([[0, 2]]));
    const joins = joined.length;
    zombie.release();
    await zombie.kill('SIGCONT');
    // It has said "done", and is a member again, who gets other partitions.
    await eventually(() => expect(joined.length).toBeGreaterThan(joins));
    expect(await statsOf(broker, name)).toMatchObject({ depth: 2, inFlight: 1 });
    judge();
    const others = () => [...delivered.slice(1).map(([index]) => index), ...zombie.received.slice(1)];
    await eventually(() => expect(others()).toEqual([0, 1, 2]));
  });

  it('come and go under load without a message lost, delivered twice or out of order', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    const seen = new Map<string, number[]>();
    const handler: BatchHandler = async (batch) => {
      for (const { message } of batch) {
        const group = seen.get(message.groupKey!) ?? [];
        seen.set(message.groupKey!, [...group, indexOf(message.body)]);
      }
      // There is always one that runs, and longer than it takes the members to meet.
      await new Promise((resolve) => setTimeout(resolve, 700));
      return batch.map(() => DONE);
    };
    const consume = (other: MessageBroker) =>
      other.queue(name).consume(handler, { maxMessages: 60, concurrency: 2, lingerMs: 0 });
    const total = 3000;
    const sending = (async () => {
      const all = messages(total, (index) => ({ groupKey: `g${index % 30}` }));
      for (let from = 0; from < total; from += 20) {
        await broker.queue(name).send(all.slice(from, from + 20));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const count = (): number => [...seen.values()].reduce((sum, indexes) => sum + indexes.length, 0);
    consume(connect());
    const passing = [consume(connect()), consume(connect())];
    await eventually(() => expect(count()).toBeGreaterThan(500));
    consume(connect());
    for (const consumer of passing) {
      const before = count();
      await consumer.stop(10_000);
      await eventually(() => expect(count()).toBeGreaterThan(before + 100));
    }
    await sending;
    await eventually(() => expect(count()).toBeGreaterThanOrEqual(total));
    for (const [group, indexes] of seen) {
      expect(indexes).toEqual([...Array(100).keys()].map((round) => round * 30 + Number(group.slice(1))));
    }
  });

  it('keep a long batch for themselves when others come, and share with them when it is done', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    let finish = (): void => undefined;
    const hold = new Promise<void>((resolve) => (finish = resolve));
    const first: number[] = [];
    await broker.queue(name).send(messages(40));
    broker.queue(name).consume(async (batch) => {
      first.push(...batch.map(({ message }) => indexOf(message.body)));
      await hold;
      return batch.map(() => DONE);
    });
    await eventually(() => expect(first.length).toBe(40));
    const second = remembering();
    const joined: unknown[] = [];
    connect({ logger: tellingOf(joined) })
      .queue(name)
      .consume(second.handler);
    await eventually(() => expect(joined).toEqual([[]]));
    finish();
    await eventually(() => expect(joined.at(-1)).toHaveLength(2));
    expect(second.indexes).toEqual([]);
    expect(await statsOf(broker, name)).toMatchObject({ depth: 0, inFlight: 0 });
  });

  it('get what is sent to partitions that were added while they run', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    const { handler, indexes } = remembering();
    broker.queue(name).consume(handler);
    await broker.queue(name).send(messages(8));
    await eventually(() => expect(indexes.length).toBe(8));
    await connect({ topics: { partitions: 7 } }).declare({ queues: [{ name }], topics: [], subscriptions: [] });
    // A new producer sees all partitions at once.
    await connect().queue(name).send(messages(70));
    await eventually(() => expect(indexes.length).toBe(78));
  });
});

describe('a broker', () => {
  it('may be away when a service starts, which then sends and receives as soon as it is there', async () => {
    const broker = connect();
    const name = await aQueue(broker);
    await broker.close();
    const [node] = cluster.nodes;
    await node!.stop();
    const warnings: string[] = [];
    const logger = {
      info: () => undefined,
      warn: (_: object, text: string) => void warnings.push(text),
      error: () => undefined,
    };
    const early = connect({ logger, sendTimeoutMs: 1000 });
    const { handler, indexes } = remembering();
    early.queue(name).consume(handler);
    await expect(early.ping()).rejects.toThrow(UnavailableError);
    await expect(early.administration.stats()).rejects.toThrow(UnavailableError);
    await expect(early.queue(name).send([aMessage()])).rejects.toThrow(UnavailableError);
    await eventually(() => expect(warnings).toContain('cannot consume; trying again'));
    await node!.start();
    const late = connect({ sendTimeoutMs: 20_000 });
    await late.queue(name).send(messages(1));
    await eventually(() => expect(indexes).toContain(0));
    await eventually(() => early.ping());
  });
});
