import { eventually, startKafka, type KafkaCluster } from '@looseleaf/infra';
import { DONE, type MessageBroker, type Topology } from '@looseleaf/messaging';
import { aMessage, indexOf, messages } from '@looseleaf/messaging/conformance';
import kafkajs, { type Admin } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKafkaBroker, type KafkaBrokerOptions } from './index.js';
import { KafkaConnection } from './kafka-connection.js';
import { learnTopics } from './learn-topics.js';

const START_MS = 120_000;

let cluster: KafkaCluster;
let admin: Admin;
const brokers: MessageBroker[] = [];

beforeAll(async () => {
  cluster = await startKafka();
  const logLevel = kafkajs.logLevel.NOTHING;
  admin = new kafkajs.Kafka({ brokers: cluster.bootstrapServers, logLevel }).admin();
  await admin.connect();
}, START_MS);
afterEach(async () => {
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});
afterAll(async () => {
  await admin.disconnect();
  await cluster.stop();
});

function connect(options: Partial<KafkaBrokerOptions> = {}): MessageBroker {
  const topics = { partitions: 2 };
  const broker = createKafkaBroker({ brokers: cluster.bootstrapServers, clientId: 'test', topics, ...options });
  brokers.push(broker);
  return broker;
}

async function startOf(topic: string): Promise<number> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return offsets.reduce((sum, { low }) => sum + Number(low), 0);
}

describe('the topics of a broker', () => {
  it('are declared by several processes at once, and only gain partitions', async () => {
    const topology: Topology = {
      queues: [{ name: 'work' }, { name: 'other' }],
      topics: ['news'],
      subscriptions: [
        { topic: 'news', name: 'mail' },
        { topic: 'news', name: 'push', filter: { events: ['sold.out'] } },
      ],
    };
    await Promise.all([1, 2, 3].map(() => connect().declare(topology)));
    await connect({ topics: { partitions: 3 } }).declare(topology);
    await connect({ topics: { partitions: 1 } }).declare(topology);
    const topics = ['work', 'work.dlq', 'news', 'news.mail.retry', 'news.push.dlq'];
    const metadata = await admin.fetchTopicMetadata({ topics });
    const counts = Object.fromEntries(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
    expect(counts).toEqual({ work: 3, 'work.dlq': 1, news: 3, 'news.mail.retry': 3, 'news.push.dlq': 1 });
    const stats = await connect().administration.stats();
    expect(stats.map(({ queue }) => queue).sort()).toEqual(['news/mail', 'news/push', 'other', 'work']);
  });

  it('are not there until they are declared, however many ask at the same time', async () => {
    const broker = connect();
    const answers: Promise<string>[] = [];
    for (let asked = 0; asked < 100; asked += 1) {
      answers.push(
        broker.ping(['undeclared']).then(
          () => 'declared',
          (error: Error) => error.message,
        ),
      );
      await sleep(30);
    }
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['undeclared is not declared']));
    await broker.declare({ queues: [{ name: 'undeclared' }], topics: [], subscriptions: [] });
    await eventually(() => broker.ping(['undeclared']));
  });

  it('are learnt also while others wait for an answer without them', async () => {
    await connect().declare({ queues: [{ name: 'early' }, { name: 'late' }], topics: [], subscriptions: [] });
    const connection = new KafkaConnection(new kafkajs.Kafka({ brokers: cluster.bootstrapServers }));
    const partitions = await connection.use(async (own) => {
      await learnTopics(own, ['early']);
      const others = own.refreshMetadata();
      await learnTopics(own, ['late']);
      await others;
      return own.findTopicPartitionMetadata('late');
    });
    await connection.close();
    expect(partitions).toHaveLength(2);
  });

  it('have names that Kafka takes', async () => {
    const declaring = connect().declare({ queues: [{ name: 'größe' }], topics: [], subscriptions: [] });
    await expect(declaring).rejects.toThrow('"größe" cannot be a topic of Kafka');
  });

  it('give what is redriven to the subscription that it failed in, and to no other', async () => {
    const broker = connect();
    await broker.declare({
      queues: [],
      topics: ['stock'],
      subscriptions: [
        { topic: 'stock', name: 'failing', maxReceiveCount: 1 },
        { topic: 'stock', name: 'fine' },
      ],
    });
    await broker.topic('stock').publish(messages(4, () => ({ groupKey: 'g' })));
    let isBroken = true;
    const failing: number[] = [];
    const fine: number[] = [];
    broker.queue('stock/failing').consume(async (batch) =>
      batch.map(({ message }) => {
        if (isBroken) return { kind: 'failed', error: new Error('no') };
        failing.push(indexOf(message.body));
        return DONE;
      }),
    );
    broker.queue('stock/fine').consume(async (batch) => {
      fine.push(...batch.map(({ message }) => indexOf(message.body)));
      return batch.map(() => DONE);
    });
    const { administration } = connect();
    await eventually(async () => expect(await administration.deadLetters('stock/failing', 10)).toHaveLength(4));
    isBroken = false;
    expect(await administration.redrive('stock/failing')).toBe(4);
    await eventually(() => expect(failing).toEqual([0, 1, 2, 3]));
    await broker.topic('stock').publish(messages(1, () => ({ groupKey: 'g', body: { index: 9 } })));
    await eventually(() => expect(fine.at(-1)).toBe(9));
    expect(fine).toEqual([0, 1, 2, 3, 9]);
  });

  it('lose what all their groups have done, and nothing else', async () => {
    const broker = connect({ cleanUpIntervalMs: 200 });
    const subscriptions = ['quick', 'slow'].map((name) => ({ topic: 'events', name }));
    await broker.declare({ queues: [], topics: ['events'], subscriptions });
    await broker.topic('events').publish(messages(20));
    const handled = { quick: 0, slow: 0 };
    let isSlowBlocked = true;
    for (const name of ['quick', 'slow'] as const) {
      broker.queue(`events/${name}`).consume(async (batch) => {
        if (name === 'slow' && isSlowBlocked) return batch.map(() => ({ kind: 'released', delayMs: 50 }));
        handled[name] += batch.length;
        return batch.map(() => DONE);
      });
    }
    await eventually(() => expect(handled.quick).toBe(20));
    // Several rounds of cleaning, as another topic shows.
    await broker.declare({ queues: [{ name: 'clock' }], topics: [], subscriptions: [] });
    broker.queue('clock').consume(async (batch) => batch.map(() => DONE));
    await broker.queue('clock').send([aMessage()]);
    await eventually(async () => expect(await startOf('clock')).toBe(1));
    expect(await startOf('events')).toBe(0);
    isSlowBlocked = false;
    await eventually(async () => expect(await startOf('events')).toBe(20));
    expect(handled).toEqual({ quick: 20, slow: 20 });
  });
});
