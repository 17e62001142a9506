import { createMemoryCache, withCircuit, type CacheObserver } from '@looseleaf/cache';
import type { OwnerCacheStrategy } from '@looseleaf/service-kit';
import type { OrderCaching } from './cached-orders.js';

/** Some 30,000 orders of a few lines: those of the last minutes, which are the ones that are asked for. */
const MAX_BYTES = 32 * 1024 * 1024;
/** By count, too: what the runtime takes for an entry is not in its bytes. */
const MAX_ENTRIES = 30_000;
/** Reading an order from the database takes a few milliseconds; a cache that takes much longer is no help. */
const BUDGET_MS = 50;

/** The cache of orders in the memory of this process. @returns `undefined` for `none` */
export function createOrderCaching(strategy: OwnerCacheStrategy, observer: CacheObserver): OrderCaching | undefined {
  if (strategy === 'none') return undefined;
  const memory = createMemoryCache({ name: 'orders', maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES });
  const cache = withCircuit(memory, {
    budgetMs: BUDGET_MS,
    ...(observer.onCircuit && { onEvent: observer.onCircuit }),
  });
  return { strategy, cache, observer };
}
