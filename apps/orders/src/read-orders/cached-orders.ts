import type { Reading } from '@looseleaf/cache';
import { OwnerCache, type OwnerCaching } from '@looseleaf/service-kit';
import { versionOf, type OrderView } from '../domain/order-view.js';
import type { OrderReader } from './order-reader.js';
import { RecentlyAsked } from './recently-asked.js';

/** What a transaction that changes orders tells the cache, while it holds their locks. */
export interface OrderRefresh {
  /** To be awaited before the commit: from now on nothing is kept for these orders. */
  announce(ids: readonly string[]): Promise<void>;
  /** Whether somebody may ask for the order again, so that it is worth a refresh. Others are loaded when they are asked for. */
  wants(id: string): boolean;
  /** To be kept once it is committed, of an order that was announced. */
  keep(order: OrderView): void;
}

/** Who waits for changes of orders. */
export interface OrderAudience {
  awaits(id: string): boolean;
  /**
   * To be called after a commit.
   * @param orders that somebody had asked for, as they are now
   * @param ids of all orders that may have changed
   */
  tell(orders: readonly OrderView[], ids: readonly string[]): void;
}

/** No fewer than fit into the cache. */
const REMEMBERED_READS = 30_000;

/**
 * Orders by their id, through the cache. With write-through, no read is staler than the last transition that is committed;
 * while one is under way, reads go to the database. Of thousands of orders that change, few are looked at: those that
 * somebody has asked for are refreshed, the others only forgotten. That an order is not recorded is never kept.
 */
export class CachedOrders {
  readonly #cache: OwnerCache<OrderView>;
  readonly #asked = new RecentlyAsked(REMEMBERED_READS);
  #audience: OrderAudience | undefined;

  constructor(orders: Pick<OrderReader, 'find'>, caching?: OwnerCaching) {
    this.#cache = new OwnerCache((id) => orders.find(id), caching);
  }

  /** @throws UnavailableError the database is away, and the order is not kept */
  read(id: string): Promise<Reading<OrderView>> {
    this.#asked.add(id);
    return this.#cache.read(id);
  }

  /**
   * Commits a transaction that may change orders, which nothing else may.
   * @param commit gets nothing to refresh unless orders are written through
   * @throws what `commit` throws
   */
  async change<Result>(commit: (refresh?: OrderRefresh) => Promise<Result>): Promise<Result> {
    const { writeThrough } = this.#cache;
    if (!writeThrough) return commit();
    const kept: OrderView[] = [];
    const ids: string[] = [];
    const wants = (id: string): boolean => this.#asked.has(id) || this.#audience?.awaits(id) === true;
    const result = await writeThrough.write([], async (announce) => ({
      result: await commit({
        announce: (more) => {
          ids.push(...more);
          return announce(more);
        },
        wants,
        keep: (order) => void kept.push(order),
      }),
      entries: kept.map((order) => ({ key: order.id, value: order, version: versionOf(order) })),
    }));
    this.#audience?.tell(kept, ids);
    return result;
  }

  /** From now on, they hear of what is committed here; only with write-through. */
  serve(audience: OrderAudience): void {
    this.#audience = audience;
  }
}
