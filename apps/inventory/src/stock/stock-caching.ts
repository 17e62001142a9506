import { createMemoryCache, withCircuit, type CacheObserver } from '@looseleaf/cache';
import type { OwnerCacheStrategy } from '@looseleaf/service-kit';
import type { StockCaching } from './cached-stock.js';

/** Some hundred thousand counts. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 50_000;
/** Reading an item from the database takes a few milliseconds; a cache that takes much longer is no help. */
const BUDGET_MS = 50;

/** The cache of stock in the memory of this process. @returns `undefined` for `none` */
export function createStockCaching(strategy: OwnerCacheStrategy, observer: CacheObserver): StockCaching | undefined {
  if (strategy === 'none') return undefined;
  const memory = createMemoryCache({ name: 'stock', maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES });
  const cache = withCircuit(memory, {
    budgetMs: BUDGET_MS,
    ...(observer.onCircuit && { onEvent: observer.onCircuit }),
  });
  return { strategy, cache, observer };
}
