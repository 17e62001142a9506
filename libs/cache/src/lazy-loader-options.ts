import type { Cache } from './cache.js';
import type { CacheObserver } from './observer.js';
import type { ValueCodec } from './value-codec.js';

export interface LazyLoaderOptions<Value> extends Partial<ValueCodec<Value>> {
  readonly cache: Cache;
  /** Asks the store; `undefined` when it has none. It has to end by itself: everyone who asks for the key waits for it. */
  readonly load: (key: string) => Promise<Value | undefined>;
  /** How long a value is fresh, and so how old an answer can be when nobody invalidates. */
  readonly ttlMs: number;
  /** The share by which times to live are shortened at random, so that what was loaded together is not reloaded together; 0.1 by default. */
  readonly jitter?: number;
  /** How long "there is none" is kept; 1 s by default, `ttlMs` at most. 0: not at all. */
  readonly negativeTtlMs?: number;
  /** For so long after its time to live, a value is still answered at once, and loaded anew behind the caller's back. */
  readonly staleWhileRevalidateMs?: number;
  /** For so long after its time to live, a value is answered when the store is away (RFC 5861's `stale-if-error`). */
  readonly staleIfErrorMs?: number;
  /** Whether an error of `load` says that the store is away; any other is passed on. By default every error says so. */
  readonly isStoreAway?: (error: unknown) => boolean;
  /**
   * A memory cache in this process for what was read last, so that it can be answered for as long when the cache is away as
   * well. For that alone: while either of them answers, nothing is read from here. It does not hear of invalidations, so it
   * is not for values that nobody may see once they have changed. Pointless where `cache` is in this process itself.
   */
  readonly lastKnown?: Cache | undefined;
  /**
   * Of the processes that share the cache, one loads a key, and the others wait for it to be kept, so long and no longer:
   * for hot keys that are dear to load. 0 by default: each process loads for its own readers.
   */
  readonly claimMs?: number;
  readonly observer?: CacheObserver;
}
