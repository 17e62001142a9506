/**
 * Keeps text under a key for a time, so that reading it again is cheap. What it forgets can always be read from the store
 * behind it.
 *
 * - **Consistency**: `write` and `invalidate` take effect before they resolve. A value that was loaded from the store while
 *   the key was written or invalidated is never kept: `fill` needs the lease that `read` gave, and a write or an invalidation
 *   ends all leases of its key. Of several `write`s, the one with the highest version stays, in whatever order they come.
 * - **Expiry**: every entry has a time to live; when it is over, reading it is a miss.
 * - **Atomicity**: each key by itself.
 * - **Availability**: a method may reject or take its time; whoever reads through a cache wraps it with `withCircuit`, which
 *   makes a miss of both.
 * - **Shutdown**: `close` ends connections; after it every call rejects.
 */
export interface Cache {
  /** For metrics and `Cache-Status`. */
  readonly name: string;
  read(key: string): Promise<CacheAnswer>;
  /** Keeps what was loaded after a miss; `false` when the lease has ended and nothing was kept. */
  fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean>;
  /** Keeps what has just been committed to the store, all keys in one round trip. An older version than the one kept, or than the one kept last, is left out. */
  write(entries: readonly VersionedEntry[]): Promise<void>;
  /** Forgets the keys, in one round trip. */
  invalidate(keys: readonly string[]): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  /** Resolves when the cache answers; for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The right to fill a key, until the key is written or invalidated. */
export type Lease = string;

export type CacheAnswer =
  | {
      readonly kind: 'hit';
      readonly value: string;
      /** What is left of its time to live. */
      readonly ttlMs: number;
    }
  | { readonly kind: 'miss'; readonly lease: Lease };

export interface CacheEntry {
  readonly value: string;
  readonly ttlMs: number;
}

export interface VersionedEntry extends CacheEntry {
  readonly key: string;
  /** Rises with every commit to the store that changes the value. */
  readonly version: number;
}
