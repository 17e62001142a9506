import type { SharedCache, SharedCaches } from '@looseleaf/backing-services';
import { createMemoryCache, createNearCache, observed, type Cache, type CacheObserver } from '@looseleaf/cache';
import { createLoaded, type LoadedCache } from '../cached-reads/loaded-cache.js';

/**
 * Caches of their own for what clients can make up: searches and skus that do not exist are without number, and must not
 * push out the items that everyone looks at. Of items there are no more than the catalogue has, and of pages few.
 */
export interface CatalogueCaches {
  readonly items: LoadedCache;
  readonly unknownSkus: Cache;
  readonly pages: LoadedCache;
  readonly searches: LoadedCache;
}

const MIB = 1024 * 1024;
const MAX_BYTES = { items: 16 * MIB, hotItems: 2 * MIB, unknownSkus: MIB, pages: 4 * MIB, searches: 4 * MIB };
/** Hot items are those that are read again within this time. */
const NEAR_TTL_MS = 500;

/**
 * @param strategy `near` keeps hot items in a small cache before the others; that pays once the cache behind it is on the
 * other side of a network
 */
export function createCatalogueCaches(
  strategy: 'lazy' | 'near',
  caches: SharedCaches,
  observer: CacheObserver,
): CatalogueCaches {
  const items = createLoaded(caches, 'catalogue-items', MAX_BYTES.items);
  const unknownSkus = caches.create({ name: 'catalogue-unknown-skus', maxBytes: MAX_BYTES.unknownSkus });
  return {
    items: strategy === 'near' ? { ...items, cache: nearTo(items.cache, observer) } : items,
    unknownSkus: observed(unknownSkus, observer),
    pages: createLoaded(caches, 'catalogue-pages', MAX_BYTES.pages),
    searches: createLoaded(caches, 'catalogue-searches', MAX_BYTES.searches),
  };
}

function nearTo(items: SharedCache, observer: CacheObserver): Cache {
  const near = createMemoryCache({ name: 'catalogue-hot-items', maxBytes: MAX_BYTES.hotItems });
  const { onInvalidated } = items;
  return createNearCache({
    near,
    ttlMs: NEAR_TTL_MS,
    behind: observed(items, observer),
    ...(onInvalidated && { onInvalidated }),
  });
}
