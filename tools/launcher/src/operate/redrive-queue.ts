import { readShop } from '../data-directory/read-shop.js';
import { callAsOperator } from './operator-client.js';

/** Gives a queue's dead letters back to it. */
export async function redriveQueue(queue: string, options: { dataDir: string; json?: boolean }): Promise<void> {
  const target = `/v1/queues/${encodeURIComponent(queue)}/redrive`;
  const answer = await callAsOperator<{ redriven: number }>(readShop(options.dataDir), target, { method: 'POST' });
  console.log(
    options.json ? JSON.stringify(answer, null, 2) : `${answer.redriven} dead letters went back to ${queue}.`,
  );
}
