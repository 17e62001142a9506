import type { OwnerCacheStrategy, SharedCaches } from '@looseleaf/backing-services';
import type { CacheObserver } from '@looseleaf/cache';
import type { OwnerCaching } from '@looseleaf/service-kit';

/** Some 30,000 orders of a few lines: those of the last minutes, which are the ones that are asked for. */
const MAX_BYTES = 32 * 1024 * 1024;
/** By count, too: what the runtime takes for an entry is not in its bytes. */
const MAX_ENTRIES = 30_000;

/** The cache of orders. @returns `undefined` for `none` */
export function createOrderCaching(
  strategy: OwnerCacheStrategy,
  caches: SharedCaches,
  observer: CacheObserver,
): OwnerCaching | undefined {
  if (strategy === 'none') return undefined;
  const cache = caches.create({ name: 'orders', maxBytes: MAX_BYTES, maxEntries: MAX_ENTRIES });
  return { strategy, cache, observer };
}
