import { decodeRecordBatches } from '../fetching/record-batches.js';
import type { KafkaConnection } from '../kafka-connection.js';

/** A batch as a leader sees it. */
export interface SeenBatch {
  readonly partition: number;
  readonly producerId: number;
  readonly firstSequence: number;
  readonly values: readonly string[];
}

/** Error codes by partition; a partition that is left out is not in the answer. */
export type Answer = Readonly<Record<number, number>>;

export interface ScriptedLeader {
  readonly connection: KafkaConnection;
  /** The requests, each with its batches. */
  readonly seen: readonly (readonly SeenBatch[])[];
}

/**
 * A connection to a cluster of one node, which answers to requests that store batches as it is told: what leaders leave out
 * or refuse cannot be had from real ones at will.
 */
export function scriptedLeader(answerTo: (batches: readonly SeenBatch[], request: number) => Answer): ScriptedLeader {
  const seen: SeenBatch[][] = [];
  let producers = 0;
  const node = {
    initProducerId: async () => ({ producerId: String((producers += 1)), producerEpoch: 0 }),
    connectionPool: {
      send: async ({ request, response }: Protocol) => {
        const batches = readRequest((await request.encode()).buffer);
        seen.push(batches);
        return response.decode(writeAnswer(answerTo(batches, seen.length)));
      },
    },
  };
  const cluster = {
    addMultipleTargetTopics: async () => undefined,
    refreshMetadataIfNecessary: async () => undefined,
    findTopicPartitionMetadata: () => Array.from({ length: 3 }),
    findControllerBroker: async () => node,
    findBroker: async () => node,
    findLeaderForPartitions: () => ({ 1: [] }),
  };
  const connection = { use: (work: (of: unknown) => Promise<unknown>) => work(cluster), close: async () => undefined };
  return { connection: connection as unknown as KafkaConnection, seen };
}

interface Protocol {
  readonly request: { encode(): Promise<{ buffer: Buffer }> };
  readonly response: { decode(answer: Buffer): Promise<unknown> };
}

const TOPIC = 't';

/** Of one topic with a name of one letter. */
function readRequest(body: Buffer): SeenBatch[] {
  const batches: SeenBatch[] = [];
  // The transactional id, acks, the time limit, the number of topics, the topic's name.
  let at = 2 + 2 + 4 + 4 + (2 + TOPIC.length) + 4;
  for (let count = body.readInt32BE(at - 4); count > 0; count -= 1) {
    const [partition, size] = [body.readInt32BE(at), body.readInt32BE(at + 4)];
    const content = body.subarray(at + 8, at + 8 + size);
    batches.push({
      partition,
      producerId: Number(content.readBigInt64BE(43)),
      firstSequence: content.readInt32BE(53),
      values: decodeRecordBatches(content).map(({ value }) => String(value)),
    });
    at += 8 + size;
  }
  return batches;
}

function writeAnswer(answer: Answer): Buffer {
  const partitions = Object.entries(answer);
  const head = Buffer.alloc(4 + 2 + TOPIC.length + 4);
  head.writeInt32BE(1, 0);
  head.writeInt16BE(TOPIC.length, 4);
  head.write(TOPIC, 6);
  head.writeInt32BE(partitions.length, 6 + TOPIC.length);
  const rest = partitions.map(([partition, errorCode]) => {
    const buffer = Buffer.alloc(30);
    buffer.writeInt32BE(Number(partition), 0);
    buffer.writeInt16BE(errorCode, 4);
    return buffer;
  });
  return Buffer.concat([head, ...rest, Buffer.alloc(4)]);
}
