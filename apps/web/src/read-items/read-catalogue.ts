import { LazyLoader, type Cache, type CacheObserver } from '@looseleaf/cache';
import type { LoadedCache } from '../cached-reads/loaded-cache.js';
import { representationCodec, type Representation } from '../cached-reads/representation.js';
import { checked, isOwnerAway, served, type Served } from '../cached-reads/served.js';
import { BYPASS } from '../http/cache-status.js';
import { withQuery } from '../upstream/relay.js';
import type { UpstreamAnswer } from '../upstream/upstream-answer.js';
import type { Upstream } from '../upstream/upstream.js';
import type { CatalogueCaches } from './catalogue-caches.js';

/** An item shows its stock, so it is stale as soon as something is sold: long enough to absorb a crowd, no longer. */
const FRESH_MS = 2_000;
/** Longer than a healthy inventory ever takes; then what is kept is answered, stale as it is. */
const ANSWER_MS = 2_000;
/** Larger pages are read by programs that go through everything once. */
const MAX_CACHED_LIMIT = 100;

/** How long catalogue reads may outlive their freshness. */
export interface Staleness {
  /** While the inventory is away. */
  readonly ifErrorMs: number;
  /** While what is kept is asked for anew; 0: never. */
  readonly whileRevalidateMs: number;
}

export interface CatalogueQuery {
  readonly query?: string | undefined;
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

/**
 * Reads the catalogue through the caches: what is asked for is kept for a moment, and readers who ask for the same at once
 * share one question. Kept are items, the first page of the catalogue and of searches, and, for the same time, that there
 * is no such item. Later pages are not: they are read once each, by whoever goes through them.
 */
export class ReadCatalogue {
  readonly #items?: LazyLoader<Representation>;
  readonly #pages?: LazyLoader<Representation>;
  readonly #searches?: LazyLoader<Representation>;
  readonly #unknownSkus?: Cache;

  /** @param caches none: every read goes to the inventory */
  constructor(
    private readonly inventory: Upstream,
    caches?: CatalogueCaches,
    staleness: Staleness = { ifErrorMs: 0, whileRevalidateMs: 0 },
    observer: CacheObserver = {},
  ) {
    if (!caches) return;
    const lazy = (
      cache: LoadedCache,
      load: (key: string) => Promise<Representation | undefined>,
    ): LazyLoader<Representation> =>
      new LazyLoader({
        ...representationCodec,
        ...cache,
        load,
        isStoreAway: isOwnerAway,
        ttlMs: FRESH_MS,
        negativeTtlMs: 0,
        staleIfErrorMs: staleness.ifErrorMs,
        staleWhileRevalidateMs: staleness.whileRevalidateMs,
        observer,
      });
    this.#items = lazy(caches.items, (sku) => this.#askItem(sku));
    this.#pages = lazy(caches.pages, (path) => this.#askPage(path));
    this.#searches = lazy(caches.searches, (path) => this.#askPage(path));
    this.#unknownSkus = caches.unknownSkus;
  }

  /** @throws UncacheableAnswerError, and what {@link Upstream.get} throws, when nothing is kept that may stand in */
  async item(sku: string): Promise<Served> {
    if (!this.#items || !this.#unknownSkus) return served({ ...BYPASS, value: await this.#askItem(sku) }, FRESH_MS);
    const unknown = await this.#unknownSkus.read(sku);
    if (unknown.kind === 'hit') {
      return served({ ...BYPASS, value: undefined, status: 'hit', ttlMs: unknown.ttlMs }, FRESH_MS);
    }
    const reading = await this.#items.read(sku);
    if (reading.value) return served(reading, FRESH_MS);
    const stored = await this.#unknownSkus.fill(sku, { value: '', ttlMs: FRESH_MS }, unknown.lease);
    return served({ ...reading, stored }, FRESH_MS);
  }

  /** @throws as {@link item} */
  async page(query: CatalogueQuery): Promise<Served> {
    const path = withQuery('/internal/items', { ...query });
    const loader = query.query === undefined ? this.#pages : this.#searches;
    const isKept = query.after === undefined && (query.limit ?? 0) <= MAX_CACHED_LIMIT;
    const reading = loader && isKept ? await loader.read(path) : { ...BYPASS, value: await this.#askPage(path) };
    return served(reading, FRESH_MS);
  }

  async #askItem(sku: string): Promise<Representation | undefined> {
    const answer = await this.inventory.get(`/internal/items/${encodeURIComponent(sku)}`, { timeoutMs: ANSWER_MS });
    if (isUnknownItem(answer)) return undefined;
    return checked(answer);
  }

  async #askPage(path: string): Promise<Representation> {
    return checked(await this.inventory.get(path, { timeoutMs: ANSWER_MS }));
  }
}

function isUnknownItem({ status, contentType }: UpstreamAnswer): boolean {
  return status === 404 && contentType.startsWith('application/problem+json');
}
