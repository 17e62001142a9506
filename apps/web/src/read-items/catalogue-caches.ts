import type { SharedCache, SharedCaches } from '@looseleaf/backing-services';
import { createMemoryCache, createNearCache, observed, type Cache, type CacheObserver } from '@looseleaf/cache';

/**
 * Caches of their own for what clients can make up: searches and skus that do not exist are without number, and must not
 * push out the items that everyone looks at. Of items there are no more than the catalogue has, and of pages few.
 */
export interface CatalogueCaches {
  readonly items: Cache;
  readonly unknownSkus: Cache;
  readonly pages: Cache;
  readonly searches: Cache;
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
  const create = (name: string, maxBytes: number): SharedCache => caches.create({ name, maxBytes });
  const items = create('catalogue-items', MAX_BYTES.items);
  return {
    items: strategy === 'near' ? nearTo(items, observer) : items,
    unknownSkus: observed(create('catalogue-unknown-skus', MAX_BYTES.unknownSkus), observer),
    pages: create('catalogue-pages', MAX_BYTES.pages),
    searches: create('catalogue-searches', MAX_BYTES.searches),
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
