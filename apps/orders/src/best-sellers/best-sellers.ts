import {
  createMemoryCache,
  LazyLoader,
  type CacheObserver,
  type RankedMember,
  type Ranking,
  type Reading,
} from '@looseleaf/cache';
import { BEST_SELLER_WINDOWS, MAX_BEST_SELLERS, type BestSellerWindow } from '@looseleaf/contracts';
import { hoursOf } from './hours.js';
import type { SalesLedger } from './sales-ledger.js';

export interface BestSellersParts {
  readonly ranking: Ranking;
  readonly ledger: Pick<SalesLedger, 'top'>;
  readonly observer?: CacheObserver;
  /** Milliseconds since 1970, for tests. */
  readonly now?: () => number;
}

/** What was sold most, and who said so. */
export interface BestSellersCount {
  /** The beginning of the oldest hour that is counted; RFC 3339 UTC. */
  readonly since: string;
  readonly items: readonly SoldItem[];
  /** `sales`: the ranking was away or not complete, so the database summed it up. */
  readonly source: 'ranking' | 'sales';
}

export interface SoldItem {
  readonly sku: string;
  /** Ordered, confirmed, and not cancelled since. */
  readonly quantity: number;
}

/** A count takes the ranking or the database some milliseconds, so each process asks once for many readers. */
const FRESH_MS = 2_000;
/** A ranking that takes longer is no better than the database. */
const RANKING_BUDGET_MS = 100;

/**
 * Best sellers, from the ranking, or from the database while the ranking is away, slow or not complete. Kept for a moment
 * in the memory of this process, so that neither is asked by every reader.
 */
export class BestSellers {
  readonly #loader: LazyLoader<BestSellersCount>;
  readonly #now: () => number;

  constructor(private readonly parts: BestSellersParts) {
    this.#now = parts.now ?? (() => Date.now());
    const cache = createMemoryCache({
      name: 'best-sellers',
      maxEntries: BEST_SELLER_WINDOWS.length,
      ...(parts.now && { now: parts.now }),
    });
    this.#loader = new LazyLoader({
      cache,
      load: (window) => this.#count(window as BestSellerWindow),
      ttlMs: FRESH_MS,
      ...(parts.observer && { observer: parts.observer }),
    });
  }

  /**
   * The {@link MAX_BEST_SELLERS} items of which most was sold.
   * @throws UnavailableError the ranking has no answer, and the database is away
   */
  async read(window: BestSellerWindow): Promise<Reading<BestSellersCount> & { readonly value: BestSellersCount }> {
    const reading = await this.#loader.read(window);
    return { ...reading, value: reading.value! }; // there is always a count
  }

  async #count(window: BestSellerWindow): Promise<BestSellersCount> {
    const hours = hoursOf(window, this.#now());
    const since = new Date(hours.at(-1)!).toISOString();
    const ranked = await this.#rank(hours);
    if (ranked) return { since, items: ranked.map(toItem), source: 'ranking' };
    const sold = await this.parts.ledger.top(hours, MAX_BEST_SELLERS);
    return { since, items: sold.map(toItem), source: 'sales' };
  }

  /** `undefined`: it has no answer, or none in time. Of one that is away, the feeder tells. */
  async #rank(hours: readonly number[]): Promise<readonly RankedMember[] | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), RANKING_BUDGET_MS);
    });
    const top = this.parts.ranking.top(hours, MAX_BEST_SELLERS).catch(() => undefined);
    try {
      return (await Promise.race([top, late]))?.members;
    } finally {
      clearTimeout(timer);
    }
  }
}

function toItem({ member, score }: RankedMember): SoldItem {
  return { sku: member, quantity: score };
}
