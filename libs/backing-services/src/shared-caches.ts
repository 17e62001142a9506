import {
  createMemoryCache,
  withCircuit,
  type Cache,
  type CacheObserver,
  type CircuitEvent,
  type NearCacheOptions,
} from '@looseleaf/cache';
import { redisOptions, type CacheConfig } from './cache-config.js';
import { CircuitLog, type CircuitLogger } from './circuit-log.js';

/** Reading the store takes a few milliseconds; a cache that takes much longer is no help. */
const BUDGET_MS = 50;

export interface SharedCacheOptions {
  /** For metrics, and so that no two caches of the shop share a key. */
  readonly name: string;
  /** What it may take of this process's memory, where it is there. */
  readonly maxBytes: number;
  readonly maxEntries?: number;
}

/** A cache that, where others change it, too, tells near caches of that. */
export interface SharedCache extends Cache {
  readonly onInvalidated?: NonNullable<NearCacheOptions['onInvalidated']>;
}

/** Makes the caches of one process where they were chosen to be. */
export interface SharedCaches {
  /** Behind a circuit: it never fails and never takes long, see `withCircuit`. */
  create(options: SharedCacheOptions): SharedCache;
  /** In the memory of this process, for the `lastKnown` of a `LazyLoader`; none where the caches are there themselves. */
  createLastKnown(options: SharedCacheOptions): Cache | undefined;
  /** Closes those that were made. */
  close(): Promise<void>;
}

export interface SharedCachesOptions {
  /** Hears of what the circuits do. */
  readonly observer?: CacheObserver;
  /** Told when a cache does not answer any more, and when it answers again. */
  readonly logger?: CircuitLogger;
}

type CreateAdapter = (options: SharedCacheOptions) => SharedCache;

/** The cache that was chosen; the others are not even loaded. */
export async function createSharedCaches(
  config: CacheConfig,
  { observer = {}, logger }: SharedCachesOptions = {},
): Promise<SharedCaches> {
  const log = logger && new CircuitLog(logger);
  const createAdapter = await chooseAdapter(config, (cache, error) => log?.takeConnectionError(cache, error));
  const caches: Cache[] = [];
  const onEvent = (event: CircuitEvent): void => {
    observer.onCircuit?.(event);
    log?.take(event);
  };
  return {
    create: (options) => {
      const adapter = createAdapter(options);
      const cache = withCircuit(adapter, { budgetMs: BUDGET_MS, onEvent });
      caches.push(cache);
      const { onInvalidated } = adapter;
      return onInvalidated ? Object.assign(cache, { onInvalidated }) : cache;
    },
    createLastKnown: (options) => (config.CACHE === 'memory' ? undefined : createMemoryCache(options)),
    close: async () => {
      await Promise.all(caches.map((cache) => cache.close()));
    },
  };
}

async function chooseAdapter(
  config: CacheConfig,
  onError: (cache: string, error: Error) => void,
): Promise<CreateAdapter> {
  switch (config.CACHE) {
    case 'memory':
      return createMemoryCache;
    case 'redis': {
      const { createRedisCache } = await import('@looseleaf/cache-redis');
      const options = redisOptions(config);
      return ({ name }) => createRedisCache({ name, ...options, onError: (error) => onError(name, error) });
    }
  }
}
