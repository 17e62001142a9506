import { table } from '../common/table.js';
import { readShop } from '../data-directory/read-shop.js';
import { callAsOperator } from './operator-client.js';

interface QueueRow {
  readonly queue: string;
  readonly depth: number;
  readonly inFlight: number;
  readonly oldestAgeMs: number;
  readonly deadLettered: number;
}

/** Prints what waits in each queue. */
export async function showQueues(options: { dataDir: string; json?: boolean }): Promise<void> {
  const answer = await callAsOperator<{ items: QueueRow[] }>(readShop(options.dataDir), '/v1/queues');
  if (options.json) {
    console.log(JSON.stringify(answer, null, 2));
    return;
  }
  const rows = answer.items.map(({ queue, depth, inFlight, oldestAgeMs, deadLettered }) =>
    [queue, depth, inFlight, `${(oldestAgeMs / 1000).toFixed(1)} s`, deadLettered].map(String),
  );
  console.log(table(['queue', 'waiting', 'in flight', 'oldest', 'dead letters'], rows));
}
