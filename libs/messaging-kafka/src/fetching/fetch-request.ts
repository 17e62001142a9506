import { PartitionError } from '../partition-error.js';
import { AnswerReader, writeNumbers, writeText, type WireRequest } from '../wire.js';
import { decodeRecordBatches, type RawRecord } from './record-batches.js';

/** Where to go on in a partition. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly RawRecord[];
}

export interface FetchLimits {
  /** How long the node waits for a record when there is none. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

/** The version that Kafka has since 2.3. */
const API = { apiKey: 1, apiName: 'Fetch', apiVersion: 11 };
const CONSUMER = -1;
const ONE_RECORD = 1;
const READ_COMMITTED = 1;
const UNKNOWN = -1;
/** A request that stands for itself, as it says all partitions. */
const NO_SESSION = [
  [4, 0],
  [4, -1],
] as const;
/** Beyond the wait. */
const GRACE_MS = 5_000;
/** Of a partition in the answer: the high watermark, the last stable offset, where the log begins. */
const OFFSETS_BYTES = 24;
const ABORTED_TRANSACTION_BYTES = 16;

/** The request for the records from some positions on. Its answer is read at once. @throws PartitionError from `read` */
export function fetchRequest(
  positions: readonly Position[],
  { maxWaitMs, maxBytes, maxBytesPerPartition }: FetchLimits,
): WireRequest<readonly FetchedPartition[]> {
  const parts = [
    writeNumbers([4, CONSUMER], [4, maxWaitMs], [4, ONE_RECORD], [4, maxBytes], [1, READ_COMMITTED], ...NO_SESSION),
    writeNumbers([4, positions.length]),
  ];
  // In the order in which they are to be answered, even when a topic comes more than once.
  for (const { topic, partition, nextOffset } of positions) {
    parts.push(
      writeText(topic),
      writeNumbers([4, 1], [4, partition], [4, UNKNOWN], [8, nextOffset], [8, UNKNOWN], [4, maxBytesPerPartition]),
    );
  }
  parts.push(writeNumbers([4, 0]), writeText(''));
  return { ...API, body: Buffer.concat(parts), timeoutMs: maxWaitMs + GRACE_MS, read: readAnswer };
}

function readAnswer(answer: Buffer): readonly FetchedPartition[] {
  const reader = new AnswerReader(answer);
  reader.skip(4);
  throwIfRefused(reader.int16());
  reader.skip(4);
  return reader.partitions(() => readPartition(reader));
}

function readPartition(reader: AnswerReader): Omit<FetchedPartition, 'topic'> {
  const partition = reader.int32();
  throwIfRefused(reader.int16());
  reader.skip(OFFSETS_BYTES);
  reader.list(() => reader.skip(ABORTED_TRANSACTION_BYTES));
  reader.skip(4);
  return { partition, records: decodeRecordBatches(reader.bytes()) };
}

function throwIfRefused(errorCode: number): void {
  if (errorCode !== 0) throw new PartitionError(errorCode);
}
