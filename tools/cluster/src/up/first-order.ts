import { setTimeout as sleep } from 'node:timers/promises';
import { importStockFile, ShopClient } from '@looseleaf/replay';
import { ClusterError } from '../cluster.error.js';

const PATIENCE_MS = 120_000;
const POLL_MS = 250;
const GOODS = 'store,item,count,name,unitPriceMinor\nBerlin,POSTCARD,1000,A postcard,120\n';
const ORDER = { lines: [{ sku: 'POSTCARD', quantity: 1 }] };

/**
 * Puts something into stock, orders it, and waits until the order is confirmed.
 * @returns the order's id
 * @throws ClusterError `CLUSTER.NO_FIRST_ORDER` when one of these steps does not end well within two minutes
 */
export async function placeFirstOrder(webUrl: string, operatorKey: string): Promise<string> {
  const shop = new ShopClient({ webUrl, operatorKey, patienceMs: PATIENCE_MS, isPassing });
  try {
    await loadGoods(shop);
    const { id } = await shop.post<{ id: string }>('/v1/orders', JSON.stringify(ORDER));
    await waitUntilConfirmed(shop, id);
    return id;
  } catch (cause) {
    const { message } = cause as Error;
    throw new ClusterError('CLUSTER.NO_FIRST_ORDER', `the shop is installed and confirms no order: ${message}`, {
      cause,
    });
  }
}

/** In the first seconds, services find their way to each other, and the way to the shop is not everywhere known. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 404;
}

async function loadGoods(shop: ShopClient): Promise<void> {
  const { id, state } = await importStockFile(shop, GOODS);
  if (state !== 'imported') throw new Error(`stock file ${id} is ${state}`);
}

async function waitUntilConfirmed(shop: ShopClient, id: string): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const { state } = await shop.get<{ state: string }>(`/v1/orders/${id}`);
    if (state === 'confirmed') return;
    if (Date.now() > giveUpAt) throw new Error(`order ${id} is ${state}`);
    await sleep(POLL_MS);
  }
}
