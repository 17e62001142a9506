import { createMemoryCache, withCircuit, type Cache, type CacheObserver } from '@looseleaf/cache';
import type { CacheConfig } from './cache-config.js';

/** Reading the store takes a few milliseconds; a cache that takes much longer is no help. */
const BUDGET_MS = 50;

export interface SharedCacheOptions {
  /** For metrics, and so that no two caches of the shop share a key. */
  readonly name: string;
  /** What it may take of this process's memory, where it is there. */
  readonly maxBytes: number;
  readonly maxEntries?: number;
}

/** Makes the caches of one process where they were chosen to be. */
export interface SharedCaches {
  /** Behind a circuit: it never fails and never takes long, see `withCircuit`. */
  create(options: SharedCacheOptions): Cache;
  /** Closes those that were made. */
  close(): Promise<void>;
}

type CreateAdapter = (options: SharedCacheOptions) => Cache;

/** @param observer hears of what the circuits do */
export async function createSharedCaches(config: CacheConfig, observer: CacheObserver = {}): Promise<SharedCaches> {
  const createAdapter = await chooseAdapter(config);
  const caches: Cache[] = [];
  return {
    create: (options) => {
      const cache = withCircuit(createAdapter(options), {
        budgetMs: BUDGET_MS,
        ...(observer.onCircuit && { onEvent: observer.onCircuit }),
      });
      caches.push(cache);
      return cache;
    },
    close: async () => {
      await Promise.all(caches.map((cache) => cache.close()));
    },
  };
}

async function chooseAdapter(config: CacheConfig): Promise<CreateAdapter> {
  switch (config.CACHE) {
    case 'memory':
      return createMemoryCache;
    case 'redis': {
      const { createRedisCache } = await import('@looseleaf/cache-redis');
      return ({ name }) => createRedisCache({ name, url: config.REDIS_URL });
    }
  }
}
