import { groupBy } from '../group-by.js';
import { AnswerReader, writeNumbers, writeText, type WireRequest } from '../wire.js';

/** A batch of records for a partition, encoded. */
export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly content: Buffer;
}

/** What the leader says of a partition. */
export interface PartitionAnswer {
  readonly topic: string;
  readonly partition: number;
  /** 0: the batch is stored, by as many as must. */
  readonly errorCode: number;
}

/** The version that Kafka has since 2.1. */
const API = { apiKey: 0, apiName: 'Produce', apiVersion: 7 };
const NO_TRANSACTION = -1;
const ALL_IN_SYNC = -1;
/** Of a partition in the answer: the first offset, the time of appending, where the log begins. */
const REST_BYTES = 24;

/**
 * The request that stores batches, at most one for each partition, with `acks=all`.
 * @param timeoutMs how long the leader waits for the other replicas
 */
export function produceRequest(
  batches: readonly EncodedBatch[],
  timeoutMs: number,
): WireRequest<readonly PartitionAnswer[]> {
  const byTopic = groupBy(batches, ({ topic }) => topic);
  const parts = [writeNumbers([2, NO_TRANSACTION], [2, ALL_IN_SYNC], [4, timeoutMs], [4, byTopic.size])];
  for (const [topic, own] of byTopic) {
    parts.push(writeText(topic), writeNumbers([4, own.length]));
    for (const { partition, content } of own) parts.push(writeNumbers([4, partition], [4, content.length]), content);
  }
  return { ...API, body: Buffer.concat(parts), read: readAnswer };
}

function readAnswer(answer: Buffer): readonly PartitionAnswer[] {
  const reader = new AnswerReader(answer);
  return reader.partitions(() => readPartition(reader));
}

function readPartition(reader: AnswerReader): Omit<PartitionAnswer, 'topic'> {
  const own = { partition: reader.int32(), errorCode: reader.int16() };
  reader.skip(REST_BYTES);
  return own;
}
