import { LazyLoader, WriteThrough, type Cache, type CacheObserver, type Reading } from '@looseleaf/cache';
import { UnavailableError } from '@looseleaf/messaging';

/** How a service caches what only it changes; without it, every read goes to the database. */
export interface OwnerCaching {
  readonly strategy: 'lazy' | 'write-through';
  /** For write-through: shared by all processes of this service. */
  readonly cache: Cache;
  readonly observer?: CacheObserver;
}

/** How long what is loaded lazily may lag behind. */
const LAZY_TTL_MS = 2_000;
/** The bound for whatever escapes write-through: a cache that failed while a row changed, a row changed by hand. */
const WRITE_THROUGH_TTL_MS = 60_000;
/** Longer than a server takes to finish or give up a commit whose connection was lost. */
const HOLD_MS = 15_000;

/**
 * Rows of a service, by their keys, through the cache that was chosen for them, or through none. With write-through, no read
 * is staler than the last committed change; while one is under way, reads go to the database. That there is no such row is
 * never kept, so what callers make up takes no room.
 */
export class OwnerCache<Value> {
  readonly #lazy?: LazyLoader<Value>;
  /** What every change has to go through, with that strategy. */
  readonly writeThrough?: WriteThrough<Value>;

  constructor(
    private readonly load: (key: string) => Promise<Value | undefined>,
    caching?: OwnerCaching,
  ) {
    if (!caching) return;
    const { strategy, cache, observer } = caching;
    const options = { cache, load, negativeTtlMs: 0, ...(observer && { observer }) };
    if (strategy === 'lazy') this.#lazy = new LazyLoader({ ...options, ttlMs: LAZY_TTL_MS });
    else {
      // Of a commit whose connection broke, nobody knows yet.
      const isRolledBack = (error: unknown): boolean => !(error instanceof UnavailableError);
      this.writeThrough = new WriteThrough({
        ...options,
        ttlMs: WRITE_THROUGH_TTL_MS,
        holdMs: HOLD_MS,
        isRolledBack,
      });
    }
  }

  /** Whether reads go anywhere but to the database. */
  get isCached(): boolean {
    return this.#lazy !== undefined || this.writeThrough !== undefined;
  }

  /** @throws what `load` throws, when the row is not kept */
  async read(key: string): Promise<Reading<Value>> {
    const cached = this.writeThrough ?? this.#lazy;
    if (cached) return cached.read(key);
    return { value: await this.load(key), status: 'bypass', ttlMs: 0, stored: false, collapsed: false };
  }
}
