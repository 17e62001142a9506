import { LazyLoader, type CacheObserver } from '@looseleaf/cache';
import type { BestSellerWindow } from '@looseleaf/contracts';
import type { LoadedCache } from '../cached-reads/loaded-cache.js';
import { representationCodec, type Representation } from '../cached-reads/representation.js';
import { checked, isOwnerAway, served, type Served } from '../cached-reads/served.js';
import { BYPASS } from '../http/cache-status.js';
import { withQuery } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';

/** Nobody minds which of two items was ahead some seconds ago. */
const FRESH_MS = 5_000;
/** Longer than a healthy order service ever takes; then what is kept is answered, stale as it is. */
const ANSWER_MS = 2_000;

/** Reads best sellers from the order service, and keeps each list for a moment. */
export class ReadBestSellers {
  readonly #lists?: LazyLoader<Representation>;

  /**
   * @param cache none: every read goes to the order service
   * @param staleIfErrorMs how long a list may outlive its freshness while the order service is away
   */
  constructor(
    private readonly orders: Upstream,
    cache?: LoadedCache,
    staleIfErrorMs = 0,
    observer: CacheObserver = {},
  ) {
    if (!cache) return;
    this.#lists = new LazyLoader({
      ...representationCodec,
      ...cache,
      load: (path) => this.#ask(path),
      isStoreAway: isOwnerAway,
      ttlMs: FRESH_MS,
      staleIfErrorMs,
      observer,
    });
  }

  /** @throws UncacheableAnswerError, and what {@link Upstream.get} throws, when nothing is kept that may stand in */
  async read(window: BestSellerWindow, limit: number): Promise<Served> {
    const path = withQuery('/internal/best-sellers', { window, limit });
    const reading = this.#lists ? await this.#lists.read(path) : { ...BYPASS, value: await this.#ask(path) };
    return served(reading, FRESH_MS);
  }

  async #ask(path: string): Promise<Representation> {
    return checked(await this.orders.get(path, { timeoutMs: ANSWER_MS }));
  }
}
