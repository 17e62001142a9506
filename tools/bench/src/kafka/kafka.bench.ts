import { randomUUID } from 'node:crypto';
import { placeOrder, type PlaceOrder } from '@looseleaf/contracts';
import { startKafka } from '@looseleaf/infra';
import { createMessage, type OutgoingMessage } from '@looseleaf/messaging';
import { orderBodies } from '../catalogue.js';
import type { Figure } from '../figure.js';
import { median } from '../load.js';
import { runThroughPlainClient } from './plain-client.js';
import { runThroughPort } from './port.js';
import { MESSAGES_PER_SEND, type Run } from './run.js';

const MESSAGES = 50_000;

/**
 * Sends orders to Kafka in batches, with `acks=all`, and consumes and commits them meanwhile: through the port, and with
 * plain kafkajs doing the same; in turn, on one node, each time on a new topic.
 */
export async function benchKafka({ rounds }: { rounds: number }): Promise<Figure[]> {
  const cluster = await startKafka({ nodes: 1 });
  try {
    const brokers = cluster.bootstrapServers;
    const runs: { plain: Run; port: Run }[] = [];
    // A new Java process takes a while until its code is compiled.
    for (let round = -1; round < rounds; round += 1) {
      const batches = makeBatches();
      const plain = await runThroughPlainClient(brokers, `plain-${round + 1}`, batches);
      const port = await runThroughPort(brokers, `port-${round + 1}`, batches);
      if (round >= 0) runs.push({ plain, port });
    }
    return [figureOf(runs)];
  } finally {
    await cluster.stop();
  }
}

function makeBatches(): OutgoingMessage[][] {
  const orders = orderBodies().map((body) => JSON.parse(body) as Pick<PlaceOrder, 'lines'>);
  const acceptedAt = new Date().toISOString();
  const orderOf = (index: number): OutgoingMessage =>
    createMessage(placeOrder, { ...orders[index % orders.length]!, orderId: randomUUID(), acceptedAt });
  return Array.from({ length: MESSAGES / MESSAGES_PER_SEND }, (_, batch) =>
    Array.from({ length: MESSAGES_PER_SEND }, (_, index) => orderOf(batch * MESSAGES_PER_SEND + index)),
  );
}

function figureOf(runs: readonly { plain: Run; port: Run }[]): Figure {
  const value = median(runs.map(({ plain, port }) => plain.seconds / port.seconds));
  const each = (name: 'plain' | 'port'): string => {
    const perSecond = MESSAGES / median(runs.map((run) => run[name].seconds));
    const cpu = (median(runs.map((run) => run[name].cpuSeconds)) * 1e6) / MESSAGES;
    return `${Math.round(perSecond).toLocaleString('en')}/s at ${cpu.toFixed(1)} µs of CPU`;
  };
  return {
    name: 'send, consume and commit through the port against plain kafkajs',
    value,
    unit: '×',
    reach: '≥ 0.85',
    reached: value >= 0.85,
    detail: `${each('port')} against ${each('plain')}`,
  };
}
