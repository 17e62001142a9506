import { setTimeout as sleep } from 'node:timers/promises';
import { isFinal, type ShopClient } from '@looseleaf/replay';
import { readOrders } from './read-orders.js';
import type { RecordedOrder } from './recorded-order.js';

const LEAST_POLL_MS = 300;

export interface WaitOptions {
  readonly customerId: string;
  readonly acceptedIds: readonly string[];
  readonly cancelledIds: ReadonlySet<string>;
  /** The longest time in which no order becomes final. */
  readonly stallMs: number;
  onProgress(final: number): void;
}

/**
 * Waits until every accepted order is there and final, or none has become so for a time.
 * @returns all orders of the customer as they are then
 */
export async function waitUntilFinal(shop: ShopClient, options: WaitOptions): Promise<RecordedOrder[]> {
  const { customerId, acceptedIds, cancelledIds, stallMs } = options;
  let best = -1;
  let movedAt = performance.now();
  for (;;) {
    const startedAt = performance.now();
    const orders = await readOrders(shop, customerId);
    const finalIds = new Set(orders.filter((order) => isFinal(order, cancelledIds)).map(({ id }) => id));
    const final = acceptedIds.filter((id) => finalIds.has(id)).length;
    options.onProgress(final);
    if (final === acceptedIds.length) return orders;
    if (final > best) [best, movedAt] = [final, performance.now()];
    else if (performance.now() - movedAt > stallMs) return orders;
    // Reading all of them takes its time: the shop shall not be busy with that alone.
    await sleep(Math.max(LEAST_POLL_MS, performance.now() - startedAt));
  }
}
