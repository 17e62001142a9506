import type { OwnerCacheStrategy, SharedCaches } from '@looseleaf/backing-services';
import type { CacheObserver } from '@looseleaf/cache';
import type { OwnerCaching } from '@looseleaf/service-kit';

/** Some hundred thousand counts. */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_ENTRIES = 50_000;

/** The cache of stock. @returns `undefined` for `none` */
export function createStockCaching(
  strategy: OwnerCacheStrategy,
  caches: SharedCaches,
  observer: CacheObserver,
): OwnerCaching | undefined {
  if (strategy === 'none') return undefined;
  const cache = caches.create({ name: 'stock', maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES });
  return { strategy, cache, observer };
}
