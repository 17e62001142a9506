import { eventually, startKafka, type KafkaCluster } from '@looseleaf/infra';
import { DONE, UnavailableError, type Delivery, type MessageBroker, type OutgoingMessage } from '@looseleaf/messaging';
import { createKafkaBroker } from './index.js';

const TEST_MS = 240_000;
const QUEUE = 'orders';
const SENDERS = 12;
const PAYLOAD = 'x'.repeat(300);
/** Before and after the death of a node. */
const MESSAGES_EACH = 1000;

let cluster: KafkaCluster;
beforeAll(async () => {
  cluster = await startKafka({ nodes: 3 });
}, TEST_MS);
afterAll(() => cluster.stop());

function connect(): MessageBroker {
  return createKafkaBroker({
    brokers: cluster.bootstrapServers,
    clientId: 'failover',
    sendTimeoutMs: 15_000,
    topics: { partitions: 6, replicationFactor: 3, minInSyncReplicas: 2 },
  });
}

let sent = 0;
function aMessage(sender: number): OutgoingMessage {
  sent += 1;
  return {
    id: `m${sent}`,
    name: 'order.placed',
    version: 1,
    groupKey: `customer-${sender}-${sent % 20}`,
    body: { sent, PAYLOAD },
    occurredAt: new Date().toISOString(),
    headers: {},
  };
}

/** Senders that go on until they are told to stop. */
function sendContinuously(broker: MessageBroker) {
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let longestPauseMs = 0;
  let lastAt = performance.now();
  let running = true;
  const senders = Array.from({ length: SENDERS }, async (_, sender) => {
    while (running) {
      const message = aMessage(sender);
      try {
        await broker.queue(QUEUE).send([message]);
        acknowledged.push(message.id);
        longestPauseMs = Math.max(longestPauseMs, performance.now() - lastAt);
        lastAt = performance.now();
      } catch (error) {
        failures.push(error);
      }
    }
  });
  return {
    acknowledged,
    failures,
    get longestPauseMs() {
      return longestPauseMs;
    },
    async stop() {
      running = false;
      await Promise.all(senders);
    },
  };
}

describe('three nodes', () => {
  it(
    'lose nothing that was acknowledged when one is killed under load, and accept again within seconds',
    async () => {
      const broker = connect();
      await broker.declare({ queues: [{ name: QUEUE }], topics: [], subscriptions: [] });
      const received = new Set<string>();
      const consumer = broker.queue(QUEUE).consume(async (batch: readonly Delivery[]) => {
        for (const { message } of batch) received.add(message.id);
        return batch.map(() => DONE);
      });
      const load = sendContinuously(broker);
      for (const victim of [1, 2]) {
        const before = load.acknowledged.length;
        await eventually(() => expect(load.acknowledged.length).toBeGreaterThan(before + MESSAGES_EACH));
        await cluster.nodes[victim]!.kill();
        const atDeath = load.acknowledged.length;
        await eventually(() => expect(load.acknowledged.length).toBeGreaterThan(atDeath + MESSAGES_EACH));
        await cluster.nodes[victim]!.start();
      }
      await load.stop();
      expect(load.failures.filter((error) => !(error instanceof UnavailableError))).toEqual([]);
      await eventually(() => expect(load.acknowledged.filter((id) => !received.has(id)).length).toBe(0));
      expect(load.longestPauseMs).toBeLessThan(30_000);
      await consumer.stop(10_000);
      await broker.close();
    },
    TEST_MS,
  );
});
