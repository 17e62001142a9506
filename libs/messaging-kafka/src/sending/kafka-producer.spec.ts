import { UnavailableError } from '@looseleaf/messaging';
import { SILENT } from '@looseleaf/messaging/adapter';
import type { Kafka, ProducerBatch, RecordMetadata } from 'kafkajs';
import type { OutgoingRecord } from './encode.js';
import { KafkaProducer } from './kafka-producer.js';

type Send = (batch: ProducerBatch, producer: number) => Promise<RecordMetadata[]>;

/** The producer above a client whose nodes answer as told: what leaders leave out cannot be had from real ones at will. */
function setUp(send: Send) {
  const sent: { producer: number; values: unknown[] }[] = [];
  let producers = 0;
  const kafka = {
    producer: () => {
      const producer = (producers += 1);
      return {
        connect: async () => undefined,
        disconnect: async () => undefined,
        sendBatch: async (batch: ProducerBatch) => {
          const records = batch.topicMessages?.flatMap(({ messages }) => messages) ?? [];
          sent.push({ producer, values: records.map(({ value }) => value) });
          // As the partitioner does.
          for (const record of records) record.partition ??= Number(record.key);
          return send(batch, producer);
        },
      };
    },
  } as unknown as Kafka;
  return { sut: new KafkaProducer(kafka, SILENT), sent };
}

/** As many as partitions. */
const records = (count: number): OutgoingRecord[] =>
  Array.from({ length: count }, (_, index) => ({ topic: 't', key: String(index), value: `v${index}`, bytes: 2 }));
const confirm = (...partitions: number[]): RecordMetadata[] =>
  partitions.map((partition) => ({ topicName: 't', partition, errorCode: 0 }));

describe('KafkaProducer', () => {
  it('sends again what is missing in the answer, and nothing else', async () => {
    const { sut, sent } = setUp(async () => (sent.length === 1 ? confirm(0, 2) : confirm(1)));
    await sut.write(records(3));
    expect(sent).toEqual([
      { producer: 1, values: ['v0', 'v1', 'v2'] },
      { producer: 1, values: ['v1'] },
    ]);
  });

  it('makes a new producer after a failure, and does not repeat what was confirmed before it', async () => {
    const { sut, sent } = setUp(async (_, producer) => {
      if (producer === 2) return confirm(1);
      if (sent.length === 1) return confirm(0);
      throw Object.assign(new Error('out of order'), { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    });
    const two = records(2);
    await expect(sut.write(two)).rejects.toThrow(UnavailableError);
    await sut.write(two);
    expect(sent).toEqual([
      { producer: 1, values: ['v0', 'v1'] },
      { producer: 1, values: ['v1'] },
      { producer: 2, values: ['v1'] },
    ]);
  });

  it('blames the messages only for what only they can cause', async () => {
    const { sut } = setUp(async () => {
      throw Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
    });
    await expect(sut.write(records(1))).rejects.toMatchObject({ code: 'MESSAGE.REFUSED', retryable: false });
  });
});
