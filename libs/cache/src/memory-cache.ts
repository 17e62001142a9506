import { LRUCache } from 'lru-cache';
import type { Cache, CacheAnswer, CacheEntry, Lease, VersionedEntry } from './cache.js';
import { KeyChanges } from './key-changes.js';

export interface MemoryCacheOptions {
  readonly name: string;
  /** 10,000 by default. The entries that were read longest ago go first. */
  readonly maxEntries?: number;
  /** Of keys and values, at the two bytes a character that V8 takes for text beyond Latin-1. Unbounded by default. */
  readonly maxBytes?: number;
  /** Milliseconds, for tests; must not go back. */
  readonly now?: () => number;
}

interface Kept {
  readonly value: string;
  readonly expiresAtMs: number;
  /** Of a write; what was filled has none. */
  readonly version: number;
}

const DEFAULT_MAX_ENTRIES = 10_000;
const BYTES_PER_CHARACTER = 2;
/** Changes of keys that are remembered even by the smallest cache: see {@link KeyChanges}. */
const MIN_REMEMBERED_CHANGES = 1_000;

/** A cache in the memory of this process: microseconds, shared with nobody, gone with the process. */
export function createMemoryCache(options: MemoryCacheOptions): Cache {
  return new MemoryCache(options);
}

class MemoryCache implements Cache {
  readonly name: string;
  readonly #entries: LRUCache<string, Kept>;
  readonly #changes: KeyChanges;
  readonly #now: () => number;
  #closed = false;

  constructor({ name, maxEntries = DEFAULT_MAX_ENTRIES, maxBytes, now = () => performance.now() }: MemoryCacheOptions) {
    this.name = name;
    this.#now = now;
    this.#changes = new KeyChanges(Math.max(maxEntries, MIN_REMEMBERED_CHANGES), now);
    // It leaves expiry to us: one clock for entries and announcements, and no timer.
    this.#entries = new LRUCache({
      max: maxEntries,
      ...(maxBytes !== undefined && {
        maxSize: maxBytes,
        sizeCalculation: ({ value }, key) => (key.length + value.length) * BYTES_PER_CHARACTER || 1,
      }),
    });
  }

  async read(key: string): Promise<CacheAnswer> {
    this.#assertOpen();
    const lease = this.#changes.lease(key);
    const kept = this.#entries.get(key);
    if (kept === undefined) return { kind: 'miss', lease };
    const ttlMs = kept.expiresAtMs - this.#now();
    if (ttlMs > 0) return { kind: 'hit', value: kept.value, ttlMs, lease };
    this.#entries.delete(key);
    return { kind: 'miss', lease };
  }

  async fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean> {
    this.#assertOpen();
    if (!this.#changes.mayFill(key, lease)) return false;
    return this.#keep(key, entry, -Infinity);
  }

  /** Readers of one process share their loads anyway: see `LazyLoader`. */
  async claim(): Promise<boolean> {
    this.#assertOpen();
    return true;
  }

  async announce(keys: readonly string[], holdMs: number): Promise<Lease> {
    this.#assertOpen();
    for (const key of keys) this.#entries.delete(key);
    return this.#changes.announce(keys, holdMs);
  }

  async write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void> {
    this.#assertOpen();
    for (const entry of entries) {
      const { key, version } = entry;
      const decision = this.#changes.write(key, version, this.#entries.peek(key)?.version ?? -Infinity, lease);
      if (decision === 'keep') this.#keep(key, entry, version);
      else if (decision === 'forget') this.#entries.delete(key);
    }
  }

  async release(keys: readonly string[], lease: Lease): Promise<void> {
    this.#assertOpen();
    for (const key of keys) this.#changes.release(key, lease);
  }

  async invalidate(keys: readonly string[]): Promise<void> {
    this.#assertOpen();
    for (const key of keys) {
      this.#changes.invalidate(key);
      this.#entries.delete(key);
    }
  }

  async clear(): Promise<void> {
    this.#assertOpen();
    this.#changes.clear();
    this.#entries.clear();
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
  }

  /** `false` when it alone is larger than the cache. */
  #keep(key: string, { value, ttlMs }: CacheEntry, version: number): boolean {
    return this.#entries.set(key, { value, expiresAtMs: this.#now() + ttlMs, version }).has(key);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`the cache "${this.name}" is closed`);
  }
}
