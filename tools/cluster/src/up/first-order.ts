import { setTimeout as sleep } from 'node:timers/promises';
import { ClusterError } from '../cluster.error.js';

const CALL_TIMEOUT_MS = 15_000;
const PATIENCE_MS = 120_000;
const RETRY_MS = 250;
const GOODS = 'store,item,count,name,unitPriceMinor\nBerlin,POSTCARD,1000,A postcard,120\n';
const ORDER = { lines: [{ sku: 'POSTCARD', quantity: 1 }] };

/**
 * Puts something into stock, orders it, and waits until the order is confirmed.
 * @returns the order's id
 * @throws ClusterError `CLUSTER.NO_FIRST_ORDER`
 */
export async function placeFirstOrder(webUrl: string, operatorKey: string): Promise<string> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  const call = (path: string, body?: string, type?: string): Promise<{ id: string; state: string }> =>
    callUntil(giveUpAt, `${webUrl}${path}`, {
      ...(body !== undefined && { method: 'POST', body }),
      headers: { authorization: `Bearer ${operatorKey}`, ...(type !== undefined && { 'content-type': type }) },
    });
  const reach = async (state: string, path: string): Promise<void> => {
    while ((await call(path)).state !== state) {
      if (Date.now() > giveUpAt) throw noFirstOrder(`${path} is not ${state}`);
      await sleep(RETRY_MS);
    }
  };
  const file = await call('/v1/stock-files', GOODS, 'text/csv');
  await reach('imported', `/v1/stock-files/${file.id}`);
  const order = await call('/v1/orders', JSON.stringify(ORDER), 'application/json');
  await reach('confirmed', `/v1/orders/${order.id}`);
  return order.id;
}

/** Services find their way to each other in the first seconds: again until then. */
async function callUntil(giveUpAt: number, url: string, init: RequestInit): Promise<{ id: string; state: string }> {
  for (;;) {
    let obstacle: string;
    try {
      const response = await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
      if (response.ok) return (await response.json()) as { id: string; state: string };
      obstacle = `${response.status} ${await response.text()}`;
      if (response.status < 500 && response.status !== 404) throw noFirstOrder(`${url}: ${obstacle}`);
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      const { message, cause } = error as Error;
      obstacle = cause instanceof Error ? cause.message : message;
    }
    if (Date.now() > giveUpAt) throw noFirstOrder(`${url}: ${obstacle}`);
    await sleep(RETRY_MS);
  }
}

function noFirstOrder(why: string): ClusterError {
  return new ClusterError(
    'CLUSTER.NO_FIRST_ORDER',
    `the shop is installed and does not confirm an order within ${PATIENCE_MS / 1000} s: ${why}`,
  );
}
