import { setTimeout as sleep } from 'node:timers/promises';
import { NO_LEASE, type CacheAnswer, type CacheEntry, type Lease } from './cache.js';
import type { LazyLoaderOptions } from './lazy-loader-options.js';
import type { Reading } from './reading.js';
import { SingleFlight } from './single-flight.js';
import { fromText, toText, type ValueCodec } from './value-codec.js';

const DEFAULT_JITTER = 0.1;
const DEFAULT_NEGATIVE_TTL_MS = 1_000;
/** Between two looks whether another process has loaded. */
const LOOK_MS = 10;

/**
 * A side cache: what is asked for is loaded from the store once and kept for a time. Concurrent reads of a key share one
 * load, unless the key changed after it began. A cache that fails costs a load, never an answer; an error of the store
 * reaches everyone who waited for it and is not kept.
 */
export class LazyLoader<Value> {
  readonly #options: LazyLoaderOptions<Value>;
  readonly #codec: ValueCodec<Value>;
  /** How long entries outlive their freshness. */
  readonly #graceMs: number;
  readonly #flights = new SingleFlight<Reading<Value>>();

  constructor(options: LazyLoaderOptions<Value>) {
    this.#options = options;
    const { encode = JSON.stringify, decode = JSON.parse } = options;
    this.#codec = { encode, decode };
    this.#graceMs = Math.max(options.staleWhileRevalidateMs ?? 0, options.staleIfErrorMs ?? 0);
  }

  /** @throws what `load` throws, when nothing is kept that may stand in for it */
  async read(key: string): Promise<Reading<Value>> {
    const answer = await this.#ask(key);
    const kept = this.#understand(answer);
    if (answer.kind === 'miss' || !kept) return this.#load(key, answer.lease);
    await this.#remember(key, answer);
    if (kept.status === 'hit') return this.#told(kept);
    if (-kept.ttlMs < (this.#options.staleWhileRevalidateMs ?? 0)) {
      this.#revalidate(key, answer.lease);
      return this.#told(kept);
    }
    // It is kept for `staleIfErrorMs` only: after that, it would be a miss.
    return this.#load(key, answer.lease, kept);
  }

  /** What the cache keeps of a value. */
  toEntry(value: Value | undefined): CacheEntry {
    return this.#entry(value, this.#freshMs(value));
  }

  /** The store has changed: loads that are under way keep the readers they have, and get no more. */
  forgetLoads(keys: readonly string[]): void {
    for (const key of keys) this.#flights.forget(key);
  }

  async #ask(key: string): Promise<CacheAnswer> {
    const { cache, observer } = this.#options;
    try {
      return await cache.read(key);
    } catch (error) {
      observer?.onError?.(cache.name, 'read', error);
      return { kind: 'miss', lease: NO_LEASE };
    }
  }

  /** `undefined` for a miss, and for what another release of the program may have written. */
  #understand(answer: CacheAnswer): Reading<Value> | undefined {
    if (answer.kind === 'miss') return undefined;
    try {
      const value = fromText(this.#codec, answer.value);
      const ttlMs = answer.ttlMs - (value === undefined ? 0 : this.#graceMs);
      return { value, status: ttlMs > 0 ? 'hit' : 'stale', ttlMs, stored: false, collapsed: false };
    } catch (error) {
      this.#options.observer?.onError?.(this.#options.cache.name, 'read', error);
      return undefined;
    }
  }

  /** Loads anew while the caller already has its answer. */
  #revalidate(key: string, lease: Lease): void {
    if (lease === NO_LEASE) return; // It could not be kept, and the next reader would load again.
    const { result } = this.#flights.join(key, lease, () => this.#loadAndKeep(key, lease));
    result.catch(() => undefined); // `onLoad` has told of it; the next reader tries again
  }

  async #load(key: string, lease: Lease, standIn?: Reading<Value>): Promise<Reading<Value>> {
    const { result, collapsed } = this.#flights.join(key, lease, () => this.#loadAndKeep(key, lease));
    if (collapsed) this.#options.observer?.onCollapsed?.(this.#options.cache.name);
    try {
      const reading = await result;
      return this.#told({ ...reading, collapsed: collapsed || reading.collapsed });
    } catch (error) {
      if (!(this.#options.isStoreAway?.(error) ?? true)) throw error;
      const kept = standIn ?? (await this.#findStandIn(key));
      if (!kept) throw error;
      return this.#told(kept);
    }
  }

  async #findStandIn(key: string): Promise<Reading<Value> | undefined> {
    // A cache that was only slow may have what the store has not.
    const late = this.#understand(await this.#ask(key));
    if (late || !this.#options.lastKnown) return late;
    return this.#understand(await this.#options.lastKnown.read(key));
  }

  async #loadAndKeep(key: string, lease: Lease): Promise<Reading<Value>> {
    if (lease !== NO_LEASE && !(await this.#claim(key, lease))) {
      const loaded = await this.#awaitOther(key, lease);
      if (loaded) return loaded;
    }
    const value = await this.#timedLoad(key);
    const freshMs = this.#freshMs(value);
    const entry = this.#entry(value, freshMs);
    await this.#remember(key, entry);
    if (lease === NO_LEASE) return { value, status: 'bypass', ttlMs: 0, stored: false, collapsed: false };
    const stored = freshMs > 0 && (await this.#fill(key, entry, lease));
    return { value, status: 'miss', ttlMs: stored ? freshMs : 0, stored, collapsed: false };
  }

  async #claim(key: string, lease: Lease): Promise<boolean> {
    const { cache, observer, claimMs = 0 } = this.#options;
    if (claimMs === 0) return true;
    try {
      return await cache.claim(key, lease, claimMs);
    } catch (error) {
      observer?.onError?.(cache.name, 'claim', error);
      return true;
    }
  }

  /** What another process has kept; nothing when that takes too long, or it will not be kept as the key has changed. */
  async #awaitOther(key: string, lease: Lease): Promise<Reading<Value> | undefined> {
    const deadlineMs = performance.now() + (this.#options.claimMs ?? 0);
    while (performance.now() < deadlineMs) {
      await sleep(LOOK_MS);
      const answer = await this.#ask(key);
      const kept = this.#understand(answer);
      if (kept?.status === 'hit') return { ...kept, status: 'miss', collapsed: true };
      if (answer.lease !== lease) return undefined;
    }
    return undefined;
  }

  async #timedLoad(key: string): Promise<Value | undefined> {
    const { cache, load, observer } = this.#options;
    const startedAt = performance.now();
    try {
      const value = await load(key);
      observer?.onLoad?.(cache.name, performance.now() - startedAt, value === undefined ? 'absent' : 'loaded');
      return value;
    } catch (error) {
      observer?.onLoad?.(cache.name, performance.now() - startedAt, 'failed');
      throw error;
    }
  }

  async #fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean> {
    const { cache, observer } = this.#options;
    try {
      return await cache.fill(key, entry, lease);
    } catch (error) {
      observer?.onError?.(cache.name, 'fill', error);
      return false;
    }
  }

  async #remember(key: string, entry: CacheEntry): Promise<void> {
    const { lastKnown } = this.#options;
    if (!lastKnown) return;
    const { lease } = await lastKnown.read(key);
    await lastKnown.fill(key, entry, lease);
  }

  #freshMs(value: Value | undefined): number {
    const { ttlMs, jitter = DEFAULT_JITTER, negativeTtlMs = DEFAULT_NEGATIVE_TTL_MS } = this.#options;
    return (value === undefined ? Math.min(negativeTtlMs, ttlMs) : ttlMs) * (1 - jitter * Math.random());
  }

  #entry(value: Value | undefined, freshMs: number): CacheEntry {
    return { value: toText(this.#codec, value), ttlMs: freshMs + (value === undefined ? 0 : this.#graceMs) };
  }

  #told(reading: Reading<Value>): Reading<Value> {
    const { cache, observer } = this.#options;
    observer?.onRead?.(
      cache.name,
      reading.status === 'hit' && reading.value === undefined ? 'negative' : reading.status,
    );
    return reading;
  }
}
