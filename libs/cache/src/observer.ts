import type { Cache, CacheAnswer, CacheEntry, Lease, VersionedEntry } from './cache.js';

export type CacheOperation = 'read' | 'fill' | 'claim' | 'announce' | 'write' | 'release' | 'invalidate';

/**
 * How a read was served: `negative` is a hit that says that there is no value, `stale` one whose time to live was over,
 * `bypass` a load from the store because the cache did not answer.
 */
export type ReadResult = 'hit' | 'miss' | 'stale' | 'negative' | 'bypass';

export type CircuitState = 'closed' | 'half-open' | 'open';

export type CircuitEvent =
  | { readonly kind: 'failed'; readonly cache: string; readonly operation: CacheOperation; readonly error: unknown }
  /** The circuit was open; an announcement, a write, a release or an invalidation that was skipped did not reach the cache. */
  | { readonly kind: 'skipped'; readonly cache: string; readonly operation: CacheOperation }
  | { readonly kind: 'state'; readonly cache: string; readonly state: CircuitState };

/** What is told about caches, by their names. Methods may be passed on their own: they need no `this`. */
export interface CacheObserver {
  readonly onRead?: (cache: string, result: ReadResult) => void;
  /** A read that waited for the load of another one. */
  readonly onCollapsed?: (cache: string) => void;
  readonly onLoad?: (cache: string, durationMs: number, outcome: 'loaded' | 'absent' | 'failed') => void;
  /** The cache rejected; the caller did not notice. */
  readonly onError?: (cache: string, operation: CacheOperation, error: unknown) => void;
  readonly onCircuit?: (event: CircuitEvent) => void;
}

/**
 * Tells of hits, misses and errors at the port itself: of the caches behind a near cache, or of one that is read without a
 * `LazyLoader` (which tells of its reads on its own).
 */
export function observed(cache: Cache, observer: CacheObserver): Cache {
  return new ObservedCache(cache, observer);
}

class ObservedCache implements Cache {
  readonly name: string;

  constructor(
    private readonly cache: Cache,
    private readonly observer: CacheObserver,
  ) {
    this.name = cache.name;
  }

  async read(key: string): Promise<CacheAnswer> {
    const answer = await this.#told('read', this.cache.read(key));
    this.observer.onRead?.(this.name, answer.kind);
    return answer;
  }

  fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean> {
    return this.#told('fill', this.cache.fill(key, entry, lease));
  }

  claim(key: string, lease: Lease, forMs: number): Promise<boolean> {
    return this.#told('claim', this.cache.claim(key, lease, forMs));
  }

  announce(keys: readonly string[], holdMs: number): Promise<Lease> {
    return this.#told('announce', this.cache.announce(keys, holdMs));
  }

  write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void> {
    return this.#told('write', this.cache.write(entries, lease));
  }

  release(keys: readonly string[], lease: Lease): Promise<void> {
    return this.#told('release', this.cache.release(keys, lease));
  }

  invalidate(keys: readonly string[]): Promise<void> {
    return this.#told('invalidate', this.cache.invalidate(keys));
  }

  clear(): Promise<void> {
    return this.cache.clear();
  }

  ping(): Promise<void> {
    return this.cache.ping();
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  async #told<Result>(operation: CacheOperation, call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } catch (error) {
      this.observer.onError?.(this.name, operation, error);
      throw error;
    }
  }
}
