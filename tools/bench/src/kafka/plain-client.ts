import { decodeMessage, encodeMessage, type OutgoingMessage } from '@looseleaf/messaging';
import kafkajs, { type Consumer } from 'kafkajs';
import { CONCURRENT_SENDS, MESSAGES_PER_SEND, PARTITIONS, type Run } from './run.js';
import { measure, sendAll, untilAll } from './measure.js';

/**
 * What one would write by hand: an idempotent producer that sends batches, a consumer that takes batches and commits behind
 * each; the same messages, encoded and decoded in the same way.
 */
export async function runThroughPlainClient(
  brokers: readonly string[],
  topic: string,
  batches: readonly OutgoingMessage[][],
): Promise<Run> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'plain', logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer({
    idempotent: true,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  const consumer = kafka.consumer({ groupId: topic, maxWaitTimeInMs: 100 });
  try {
    await Promise.all([admin.connect(), producer.connect(), consumer.connect()]);
    await admin.createTopics({ topics: [{ topic, numPartitions: PARTITIONS }], waitForLeaders: true });
    await consumer.subscribe({ topic, fromBeginning: true });
    const seen = untilAll(batches.length * MESSAGES_PER_SEND);
    await consumeAll(consumer, topic, (count) => seen.add(count));
    const send = (messages: readonly OutgoingMessage[]): Promise<unknown> =>
      producer.send({
        topic,
        acks: -1,
        messages: messages.map((message) => ({ key: message.groupKey ?? null, value: encodeMessage(message) })),
      });
    await send(batches[0]!);
    await seen.first;
    return await measure(async () => {
      await sendAll(batches.slice(1), CONCURRENT_SENDS, send);
      await seen.all;
      await consumer.disconnect();
    });
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
  }
}

async function consumeAll(consumer: Consumer, topic: string, onBatch: (messages: number) => void): Promise<void> {
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) decodeMessage(String(value));
      const offset = String(Number(batch.lastOffset()) + 1);
      await consumer.commitOffsets([{ topic, partition: batch.partition, offset }]);
      onBatch(batch.messages.length);
    },
  });
}
