import type { SharedCache, SharedCaches } from '@looseleaf/backing-services';
import type { LazyLoaderOptions } from '@looseleaf/cache';

/** A cache that is filled by what is asked for, and what this process remembers of it. */
export type LoadedCache = Pick<LazyLoaderOptions<never>, 'cache' | 'lastKnown'>;

/** Takes no more than `maxBytes` of this process, wherever the cache is. */
export function createLoaded(
  caches: SharedCaches,
  name: string,
  maxBytes: number,
): LoadedCache & { readonly cache: SharedCache } {
  const options = { name, maxBytes };
  return { cache: caches.create(options), lastKnown: caches.createLastKnown(options) };
}
