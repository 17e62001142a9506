import type { Cluster } from 'kafkajs';

/** A record as it lies in its partition. */
export interface StoredRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, Buffer | undefined>>;
}

interface Fetched {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Buffer | undefined>>;
}

const MAX_BYTES = 1024 * 1024;
/** What is asked for is there: nothing to wait for. */
const MAX_WAIT_MS = 1;

/** Some of the records of a partition from an offset on; none at its end. */
export async function readFrom(
  cluster: Cluster,
  topic: string,
  partition: number,
  fromOffset: number,
  maxBytes = MAX_BYTES,
): Promise<StoredRecord[]> {
  const [leader = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const node = await cluster.findBroker({ nodeId: leader });
  const answer = (await node.fetch({
    maxWaitTime: MAX_WAIT_MS,
    topics: [{ topic, partitions: [{ partition, fetchOffset: String(fromOffset), maxBytes }] }],
  })) as { responses: { partitions: { messages: Fetched[] }[] }[] };
  const records: StoredRecord[] = [];
  for (const { offset, timestamp, key, value, headers } of answer.responses[0]?.partitions[0]?.messages ?? []) {
    // A batch is answered with from its beginning, wherever in it the wanted offset is.
    if (Number(offset) < fromOffset || !value) continue;
    records.push({ offset: Number(offset), timestampMs: Number(timestamp), key, value, headers });
  }
  return records;
}
