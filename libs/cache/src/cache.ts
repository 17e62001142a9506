/**
 * Keeps text under a key for a time, so that reading it again is cheap. What it forgets can always be read from the store
 * behind it.
 *
 * - **Consistency**: every method has taken effect when it resolves. A value that was loaded from the store while the key
 *   was written or invalidated is never kept: `fill` needs the lease that `read` gave, and a write or an invalidation ends
 *   all leases of its key. Of several `write`s, the one with the highest version stays, in whatever order they come.
 * - **Expiry**: every entry has a time to live; when it is over, reading it is a miss.
 * - **Atomicity**: each key by itself.
 * - **Memory**: a cache may forget anything at any time. What it forgets of leases ends them, so it costs a fill and never
 *   keeps an old value. Of versions it remembers thousands beyond the entries that it keeps.
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
  /**
   * Asks to be the one who loads: of all who ask under a lease, in all processes, one gets `true` until `forMs` are over. A
   * courtesy between readers of a hot key; `fill` does not ask for it. A cache that is shared with nobody says `true`.
   */
  claim(key: string, lease: Lease, forMs: number): Promise<boolean>;
  /**
   * Forgets the keys, in one round trip, and keeps nothing for them until the write that this announces has come or has
   * been released: to be called before a commit to the store. Without it, a reader could load the old value just before
   * the commit and keep it, and a writer that dies right after the commit would leave it there.
   * @param holdMs how long to wait for that write, should its writer have died; longer than any commit takes
   * @returns what tells `write` and `release` whose announcement they answer
   */
  announce(keys: readonly string[], holdMs: number): Promise<Lease>;
  /**
   * Keeps what has just been committed to the store, all keys in one round trip. An older version than the one kept, or
   * than the one kept last, is left out. So is one that was announced when another commit may have overtaken it (another
   * announcement is open, the own one is over, or the key was invalidated since): the key is forgotten then.
   * @param lease of `announce`; without it only versions decide
   */
  write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void>;
  /** Takes an announcement back, in one round trip: nothing was committed, or nothing that could be kept. */
  release(keys: readonly string[], lease: Lease): Promise<void>;
  /** Forgets the keys, in one round trip. */
  invalidate(keys: readonly string[]): Promise<void>;
  /** Forgets everything but open announcements; versions, too, so that a store that was restored can start again. */
  clear(): Promise<void>;
  /** Resolves when the cache answers; for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The right to keep something under a key, until the key is written or invalidated. Two leases of a key that are equal say
 * that neither happened between them, and no announced commit either: while one is to come, each reader gets another lease.
 */
export type Lease = string;

/** A lease that has always been over: of a cache that did not answer. */
export const NO_LEASE: Lease = '';

export type CacheAnswer =
  | {
      readonly kind: 'hit';
      readonly value: string;
      /** What is left of its time to live. */
      readonly ttlMs: number;
      /** The right to replace it by what is loaded anew. */
      readonly lease: Lease;
    }
  | { readonly kind: 'miss'; readonly lease: Lease };

export interface CacheEntry {
  readonly value: string;
  readonly ttlMs: number;
}

export interface VersionedEntry extends CacheEntry {
  readonly key: string;
  /** Rises with every commit to the store that changes the value; a key that is deleted and made again goes on from there. */
  readonly version: number;
}
