import { startKafka, type KafkaNode } from '@looseleaf/infra';
import { describeBroker, type ServerControl } from '@looseleaf/messaging/conformance';
import path from 'node:path';
import { createKafkaBroker } from './index.js';

function controlOf(node: KafkaNode): ServerControl {
  return {
    restart: () => node.restart(),
    async crash() {
      await node.kill();
      await node.start();
    },
    freeze: () => void node.kill('SIGSTOP'),
    thaw: () => void node.kill('SIGCONT'),
  };
}

/** The default: what a group waits for a member that does not give a sign of life. */
const SESSION_TIMEOUT_MS = 6000;
/** A single node is away for longer than the default when it restarts, the more so on a busy machine. */
const SEND_TIMEOUT_MS = 60_000;

describeBroker('Kafka', {
  features: { delay: true, deduplication: false, visibilityTimeout: false, crashLoopProtection: true, interest: false },
  takeoverMs: SESSION_TIMEOUT_MS,
  async start() {
    const cluster = await startKafka();
    const brokers = cluster.bootstrapServers;
    return {
      connect: (options) =>
        createKafkaBroker({
          brokers,
          clientId: 'conformance',
          topics: { partitions: 3 },
          sendTimeoutMs: SEND_TIMEOUT_MS,
          ...options,
        }),
      consumerProgram: {
        file: path.resolve(import.meta.dirname, '../dist/testing/consumer.js'),
        env: { BROKERS: brokers.join(',') },
      },
      server: controlOf(cluster.nodes[0]!),
      stop: () => cluster.stop(),
    };
  },
});
