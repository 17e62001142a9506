import type { OwnerCacheStrategy, SharedCaches } from '@looseleaf/backing-services';
import type { CacheObserver } from '@looseleaf/cache';
import type { StockCaching } from './cached-stock.js';

/** Some hundred thousand counts. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 50_000;

/** The cache of stock. @returns `undefined` for `none` */
export function createStockCaching(
  strategy: OwnerCacheStrategy,
  caches: SharedCaches,
  observer: CacheObserver,
): StockCaching | undefined {
  if (strategy === 'none') return undefined;
  const cache = caches.create({ name: 'stock', maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES });
  return { strategy, cache, observer };
}
