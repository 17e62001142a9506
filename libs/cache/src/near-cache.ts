import { NO_LEASE, type Cache, type CacheAnswer, type CacheEntry, type Lease, type VersionedEntry } from './cache.js';

export interface NearCacheOptions {
  /** In this process: a memory cache. */
  readonly near: Cache;
  /** The most that an entry stays near, and so how long it can outlive a change that another process made behind it. */
  readonly ttlMs: number;
  readonly behind: Cache;
  /**
   * Changes that others made to the cache behind, where it can tell of them. `undefined` instead of keys: some were missed.
   * Called once; what it returns ends it.
   */
  readonly onInvalidated?: (listener: (keys: readonly string[] | undefined) => void) => () => void;
  /** Milliseconds, for tests; must not go back. */
  readonly now?: () => number;
}

/**
 * A cache in the memory of this process in front of a shared one; to its callers one cache. Writes and invalidations reach
 * both. What others write is seen after `ttlMs` at the latest, and at once when the cache behind tells of it. While the
 * cache behind does not answer (behind a circuit), what is loaded is still kept near.
 */
export function createNearCache(options: NearCacheOptions): Cache {
  return new NearCache(options);
}

class NearCache implements Cache {
  readonly name: string;
  readonly #near: Cache;
  readonly #behind: Cache;
  readonly #ttlMs: number;
  readonly #now: () => number;
  readonly #stopListening: (() => void) | undefined;

  constructor({ near, ttlMs, behind, onInvalidated, now = () => performance.now() }: NearCacheOptions) {
    this.name = behind.name;
    this.#near = near;
    this.#behind = behind;
    this.#ttlMs = ttlMs;
    this.#now = now;
    this.#stopListening = onInvalidated?.((keys) => void (keys ? near.invalidate(keys) : near.clear()));
  }

  async read(key: string): Promise<CacheAnswer> {
    const near = await this.#near.read(key);
    if (near.kind === 'hit') return this.#unwrap(near.value, near.lease);
    // The near lease is older than the answer from behind: what changes from here on keeps it from being kept.
    const answer = await this.#behind.read(key);
    if (answer.kind === 'miss') return { kind: 'miss', lease: joinLeases(near.lease, answer.lease) };
    await this.#near.fill(key, this.#wrap(answer.value, answer.ttlMs, answer.lease), near.lease);
    return { ...answer, lease: joinLeases(near.lease, answer.lease) };
  }

  async fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean> {
    const [near, behind] = splitLease(lease);
    if (near === NO_LEASE) return false;
    // Without a lease from behind, nobody has refused: the cache behind did not answer.
    if (behind !== NO_LEASE && !(await this.#behind.fill(key, entry, behind))) return false;
    const kept = await this.#near.fill(key, this.#wrap(entry.value, entry.ttlMs, behind), near);
    return kept || behind !== NO_LEASE;
  }

  async claim(key: string, lease: Lease, forMs: number): Promise<boolean> {
    const [, behind] = splitLease(lease);
    return behind === NO_LEASE || this.#behind.claim(key, behind, forMs);
  }

  async announce(keys: readonly string[], holdMs: number): Promise<Lease> {
    return this.#thenForget(keys, this.#behind.announce(keys, holdMs));
  }

  /** The values are fetched from behind when they are asked for: whether it kept them is only known there. */
  write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void> {
    return this.#thenForget(
      entries.map(({ key }) => key),
      this.#behind.write(entries, lease),
    );
  }

  release(keys: readonly string[], lease: Lease): Promise<void> {
    return this.#thenForget(keys, this.#behind.release(keys, lease));
  }

  invalidate(keys: readonly string[]): Promise<void> {
    return this.#thenForget(keys, this.#behind.invalidate(keys));
  }

  async clear(): Promise<void> {
    try {
      await this.#behind.clear();
    } finally {
      await this.#near.clear();
    }
  }

  ping(): Promise<void> {
    return this.#behind.ping();
  }

  async close(): Promise<void> {
    this.#stopListening?.();
    await Promise.all([this.#near.close(), this.#behind.close()]);
  }

  /** In this order: forgotten near first, the old value could be fetched again before it is gone behind. */
  async #thenForget<Result>(keys: readonly string[], call: Promise<Result>): Promise<Result> {
    try {
      return await call;
    } finally {
      await this.#near.invalidate(keys);
    }
  }

  /** Keeps beside the value what the cache behind said of it: callers see its time to live, not the near one. */
  #wrap(value: string, ttlMs: number, leaseBehind: Lease): CacheEntry {
    const expiresAtMs = this.#now() + ttlMs;
    return { value: `${expiresAtMs} ${leaseBehind} ${value}`, ttlMs: Math.min(ttlMs, this.#ttlMs) };
  }

  #unwrap(wrapped: string, nearLease: Lease): CacheAnswer {
    const [first, second] = [wrapped.indexOf(' '), wrapped.indexOf(' ', wrapped.indexOf(' ') + 1)];
    const leaseBehind = wrapped.slice(first + 1, second);
    return {
      kind: 'hit',
      value: wrapped.slice(second + 1),
      ttlMs: Number(wrapped.slice(0, first)) - this.#now(),
      lease: leaseBehind === NO_LEASE ? NO_LEASE : joinLeases(nearLease, leaseBehind),
    };
  }
}

const SEPARATOR = '|';

function joinLeases(near: Lease, behind: Lease): Lease {
  return `${near}${SEPARATOR}${behind}`;
}

function splitLease(lease: Lease): [near: Lease, behind: Lease] {
  const at = lease.indexOf(SEPARATOR);
  return at < 0 ? [NO_LEASE, NO_LEASE] : [lease.slice(0, at), lease.slice(at + 1)];
}
