import { DONE, type OutgoingMessage } from '@looseleaf/messaging';
import { createKafkaBroker } from '@looseleaf/messaging-kafka';
import { CONCURRENT_SENDS, MESSAGES_PER_SEND, PARTITIONS, type Run } from './run.js';
import { measure, sendAll, untilAll } from './measure.js';

/** One run through the ports; its commits are included, as the consumer's end waits for them. */
export async function runThroughPort(
  brokers: readonly string[],
  name: string,
  batches: readonly OutgoingMessage[][],
): Promise<Run> {
  const broker = createKafkaBroker({ brokers, clientId: 'bench', topics: { partitions: PARTITIONS } });
  try {
    await broker.declare({ queues: [{ name }], topics: [], subscriptions: [] });
    const queue = broker.queue(name);
    const seen = untilAll(batches.length * MESSAGES_PER_SEND);
    const consumer = queue.consume(
      async (batch) => {
        seen.add(batch.length);
        return batch.map(() => DONE);
      },
      { maxMessages: MESSAGES_PER_SEND },
    );
    // It has joined its group when it gets the first one.
    await queue.send(batches[0]!);
    await seen.first;
    return await measure(async () => {
      await sendAll(batches.slice(1), CONCURRENT_SENDS, (batch) => queue.send(batch));
      await seen.all;
      await consumer.stop(10_000);
    });
  } finally {
    await broker.close();
  }
}
