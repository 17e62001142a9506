import type { Reading } from '@looseleaf/cache';
import { OwnerCache, type OwnerCaching } from '@looseleaf/service-kit';
import type { StockLevel } from './stock-level.js';

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

const NOTHING_KEPT: StockRefresh = { announce: () => Promise.resolve(), keep: () => undefined };

/** For where nothing is written through. */
export const UNCACHED: StockWriter = { change: (commit) => commit(NOTHING_KEPT) };

/**
 * The stock of an item in all stores, by its sku, through the cache. With write-through, no read is staler than the last
 * change of the item that is committed; while one is under way, reads go to the database. That there is no such item is
 * never kept, so what callers make up takes no room.
 */
export class CachedStock implements StockWriter {
  readonly #cache: OwnerCache<readonly StockLevel[]>;

  constructor(load: LoadLevels, caching?: OwnerCaching) {
    this.#cache = new OwnerCache(load, caching);
  }

  /** Whether reads go anywhere but to the database. */
  get isCached(): boolean {
    return this.#cache.isCached;
  }

  /** @throws UnavailableError the database is away, and the item is not kept */
  read(sku: string): Promise<Reading<readonly StockLevel[]>> {
    return this.#cache.read(sku);
  }

  /**
   * Commits a transaction that may change stock.
   * @throws what `commit` throws
   */
  async change<Result>(commit: (refresh: StockRefresh) => Promise<Result>): Promise<Result> {
    const { writeThrough } = this.#cache;
    if (!writeThrough) return UNCACHED.change(commit);
    return writeThrough.write([], async (announce) => {
      const entries: { key: string; value: readonly StockLevel[]; version: number }[] = [];
      const keep: StockRefresh['keep'] = (key, value, version) => void entries.push({ key, value, version });
      return { result: await commit({ announce, keep }), entries };
    });
  }
}
