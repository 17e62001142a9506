import type { RunningShop } from '@looseleaf/launcher';
import { setTimeout as sleep } from 'node:timers/promises';

const ITEMS = 1_000;
const STORES = ['Berlin', 'Leeds', 'Porto'];
const COUNT = 1_000_000;
const IMPORT_DEADLINE_MS = 60_000;

/** Bodies of orders, two lines each, over all items: no item is hotter than another. */
export function orderBodies(count = 500): string[] {
  return Array.from({ length: count }, (_, index) => JSON.stringify(order(index)));
}

/** Bodies of batches of orders. */
export function batchBodies(ordersPerBatch: number, count = 20): string[] {
  return Array.from({ length: count }, (_, batch) =>
    JSON.stringify(Array.from({ length: ordersPerBatch }, (_unused, index) => order(batch * ordersPerBatch + index))),
  );
}

function order(index: number): object {
  return {
    customerId: `customer-${index % 97}`,
    lines: [
      { sku: `item-${(index * 7) % ITEMS}`, quantity: 1 + (index % 3) },
      { sku: `item-${(index * 13 + 5) % ITEMS}`, quantity: 1 },
    ],
  };
}

/** Puts enough of every item into the stores that no measurement runs out. */
export async function loadStock(shop: RunningShop): Promise<void> {
  const rows = Array.from({ length: ITEMS }, (_, item) =>
    STORES.map((store) => `${store},item-${item},${COUNT},Item ${item},250`),
  );
  const headers = { authorization: `Bearer ${shop.operatorKey}` };
  const answer = await fetch(`${shop.webUrl}/v1/stock-files`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'text/csv' },
    body: `store,item,count,name,unitPriceMinor\n${rows.flat().join('\n')}\n`,
  });
  if (answer.status !== 202) throw new Error(`the stock file was answered ${answer.status}: ${await answer.text()}`);
  const address = new URL(answer.headers.get('location') ?? '', shop.webUrl);
  for (const giveUpAt = Date.now() + IMPORT_DEADLINE_MS; Date.now() < giveUpAt; await sleep(50)) {
    const { state } = (await (await fetch(address, { headers })).json()) as { state: string };
    if (state === 'imported') return;
    if (state === 'failed') throw new Error('the stock file was not imported');
  }
  throw new Error(`the stock file was not imported within ${IMPORT_DEADLINE_MS} ms`);
}
