import { LazyLoader, WriteThrough, type Cache, type CacheObserver, type Reading } from '@looseleaf/cache';
import { UnavailableError } from '@looseleaf/messaging';
import type { StockLevel } from './stock-level.js';

/** How stock is cached; without a cache, every read goes to the database. */
export interface StockCaching {
  readonly strategy: 'lazy' | 'write-through';
  /** For write-through: shared by all processes of this service. */
  readonly cache: Cache;
  readonly observer?: CacheObserver;
}

/** What a transaction that changes stock tells the cache, while it holds the items' locks. */
export interface StockRefresh {
  /** To be awaited before the commit: from now on nothing is kept for these items. */
  announce(skus: readonly string[]): Promise<void>;
  /**
   * To be kept once it is committed. An item that is announced and not kept is loaded when somebody asks for it.
   * @param levels of one item, in all stores
   * @param version drawn while the item was locked
   */
  keep(sku: string, levels: readonly StockLevel[], version: number): void;
}

/** Whoever changes stock does so within `change`. */
export interface StockWriter {
  change<Result>(commit: (refresh: StockRefresh) => Promise<Result>): Promise<Result>;
}

/** Items by their sku, loaded together. */
export type LoadLevels = (sku: string) => Promise<readonly StockLevel[] | undefined>;

/** How long lazily loaded stock may lag behind. */
const LAZY_TTL_MS = 2_000;
/** The bound for whatever escapes write-through: a cache that failed while stock changed, a row changed by hand. */
const WRITE_THROUGH_TTL_MS = 60_000;
/** Longer than a server takes to finish or give up a commit whose connection was lost. */
const HOLD_MS = 15_000;

const NOTHING_KEPT: StockRefresh = { announce: () => Promise.resolve(), keep: () => undefined };

/** For where nothing is written through. */
export const UNCACHED: StockWriter = { change: (commit) => commit(NOTHING_KEPT) };

/**
 * The stock of an item in all stores, by its sku, through the cache. With write-through, no read is staler than the last
 * change of the item that is committed; while one is under way, reads go to the database. That there is no such item is
 * never kept, so what callers make up takes no room.
 */
export class CachedStock implements StockWriter {
  readonly #lazy?: LazyLoader<readonly StockLevel[]>;
  readonly #writeThrough?: WriteThrough<readonly StockLevel[]>;

  constructor(
    private readonly load: LoadLevels,
    caching?: StockCaching,
  ) {
    if (!caching) return;
    const { strategy, cache, observer } = caching;
    const options = { cache, load, negativeTtlMs: 0, ...(observer && { observer }) };
    if (strategy === 'lazy') this.#lazy = new LazyLoader({ ...options, ttlMs: LAZY_TTL_MS });
    else {
      const isRolledBack = (error: unknown): boolean => !(error instanceof UnavailableError);
      this.#writeThrough = new WriteThrough({
        ...options,
        ttlMs: WRITE_THROUGH_TTL_MS,
        holdMs: HOLD_MS,
        isRolledBack,
      });
    }
  }

  /** Whether reads go anywhere but to the database. */
  get isCached(): boolean {
    return this.#lazy !== undefined || this.#writeThrough !== undefined;
  }

  /** @throws UnavailableError the database is away, and the item is not kept */
  async read(sku: string): Promise<Reading<readonly StockLevel[]>> {
    const cached = this.#writeThrough ?? this.#lazy;
    if (cached) return cached.read(sku);
    return { value: await this.load(sku), status: 'bypass', ttlMs: 0, stored: false, collapsed: false };
  }

  /**
   * Commits a transaction that may change stock.
   * @throws what `commit` throws
   */
  async change<Result>(commit: (refresh: StockRefresh) => Promise<Result>): Promise<Result> {
    if (!this.#writeThrough) return UNCACHED.change(commit);
    return this.#writeThrough.write([], async (announce) => {
      const entries: { key: string; value: readonly StockLevel[]; version: number }[] = [];
      const keep: StockRefresh['keep'] = (key, value, version) => void entries.push({ key, value, version });
      return { result: await commit({ announce, keep }), entries };
    });
  }
}
