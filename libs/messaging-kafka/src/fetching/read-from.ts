import type { Cluster } from 'kafkajs';
import { ask } from '../wire.js';
import { fetchRequest } from './fetch-request.js';
import type { RawRecord } from './record-batches.js';

/** A record that is not the mark of a deletion. */
export type StoredRecord = RawRecord & { readonly value: Buffer };

const MAX_BYTES = 1024 * 1024;
/** What is asked for is there: nothing to wait for. */
const MAX_WAIT_MS = 1;

/** Some of the records of a partition from an offset on; none at its end. @throws what kafkajs throws, PartitionError */
export async function readFrom(
  cluster: Cluster,
  topic: string,
  partition: number,
  fromOffset: number,
  maxBytes = MAX_BYTES,
): Promise<StoredRecord[]> {
  const [nodeId = ''] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
  const limits = { maxWaitMs: MAX_WAIT_MS, maxBytes, maxBytesPerPartition: maxBytes };
  const request = fetchRequest([{ topic, partition, nextOffset: fromOffset }], limits);
  const fetched = await ask(await cluster.findBroker({ nodeId }), request);
  // A batch is answered with from its beginning, wherever in it the wanted offset is.
  const isWanted = (record: RawRecord): record is StoredRecord => record.offset >= fromOffset && record.value !== null;
  return fetched.flatMap(({ records }) => records.filter(isWanted));
}
