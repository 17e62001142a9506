import { Breaker } from './breaker.js';
import { Budget } from './budget.js';
import { NO_LEASE, type Cache, type CacheAnswer, type CacheEntry, type Lease, type VersionedEntry } from './cache.js';
import type { CacheOperation, CircuitEvent } from './observer.js';
import { UntoldKeys } from './untold-keys.js';

export interface CircuitOptions {
  /** How long a call may take; what takes longer counts as failed, though it may still take effect. */
  readonly budgetMs: number;
  /** Failures in a row that open the circuit; 5 by default. */
  readonly failuresToOpen?: number;
  /** How long it stays open before one call tries again; 1 s by default. */
  readonly openMs?: number;
  readonly onEvent?: (event: CircuitEvent) => void;
  /** Milliseconds, for tests; must not go back. */
  readonly now?: () => number;
}

const DEFAULT_FAILURES_TO_OPEN = 5;
const DEFAULT_OPEN_MS = 1_000;

/**
 * Makes a miss of a cache that is dead or slow: no call throws or takes longer than its budget, and while the circuit is
 * open, none is made. Failed calls are told to `onEvent`.
 *
 * A cache that could not be told of a write (announcement, write or invalidation) may keep an old value. So it forgets those keys,
 * as soon as it is back, before anything else is asked of it: until then every read is a miss, every write one more to tell.
 * `clear`, `ping` and `close` go straight through: who calls them wants to know.
 */
export function withCircuit(cache: Cache, options: CircuitOptions): Cache {
  return new CircuitCache(cache, options);
}

class CircuitCache implements Cache {
  readonly name: string;
  readonly #budget: Budget;
  readonly #breaker: Breaker;
  readonly #openMs: number;
  readonly #untold = new UntoldKeys();
  #isTelling = false;
  #isClosed = false;
  #tellTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly cache: Cache,
    private readonly options: CircuitOptions,
  ) {
    this.name = cache.name;
    this.#budget = new Budget(options.budgetMs);
    this.#openMs = options.openMs ?? DEFAULT_OPEN_MS;
    const { failuresToOpen = DEFAULT_FAILURES_TO_OPEN, now } = options;
    this.#breaker = new Breaker({ failuresToOpen, openMs: this.#openMs, now }, (state) =>
      options.onEvent?.({ kind: 'state', cache: this.name, state }),
    );
  }

  read(key: string): Promise<CacheAnswer> {
    return this.#guard<CacheAnswer>('read', () => this.cache.read(key), { kind: 'miss', lease: NO_LEASE });
  }

  fill(key: string, entry: CacheEntry, lease: Lease): Promise<boolean> {
    return this.#guard('fill', () => this.cache.fill(key, entry, lease), false);
  }

  claim(key: string, lease: Lease, forMs: number): Promise<boolean> {
    return this.#guard('claim', () => this.cache.claim(key, lease, forMs), true);
  }

  announce(keys: readonly string[], holdMs: number): Promise<Lease> {
    return this.#guard(
      'announce',
      () => this.cache.announce(keys, holdMs),
      NO_LEASE,
      () => keys,
    );
  }

  write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void> {
    return this.#guard(
      'write',
      () => this.cache.write(entries, lease),
      undefined,
      () => entries.map((each) => each.key),
    );
  }

  release(keys: readonly string[], lease: Lease): Promise<void> {
    return this.#guard('release', () => this.cache.release(keys, lease), undefined);
  }

  invalidate(keys: readonly string[]): Promise<void> {
    return this.#guard(
      'invalidate',
      () => this.cache.invalidate(keys),
      undefined,
      () => keys,
    );
  }

  clear(): Promise<void> {
    return this.cache.clear();
  }

  ping(): Promise<void> {
    return this.cache.ping();
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#tellTimer);
    return this.cache.close();
  }

  /** @param changed keys of which the cache has to be told later, when the call is not made or fails */
  #guard<Answer>(
    operation: CacheOperation,
    call: () => Promise<Answer>,
    otherwise: Answer,
    changed?: () => readonly string[],
  ): Promise<Answer> {
    this.#tell();
    if (!this.#untold.isEmpty || !this.#breaker.mayTry()) {
      if (changed) this.#missed(changed());
      this.options.onEvent?.({ kind: 'skipped', cache: this.name, operation });
      return Promise.resolve(otherwise);
    }
    return new Promise((resolve) => {
      this.#budget.run(
        call,
        (answer) => {
          this.#breaker.succeeded();
          resolve(answer);
        },
        (error) => {
          if (changed) this.#missed(changed());
          this.#failed(operation, error);
          resolve(otherwise);
        },
      );
    });
  }

  #missed(keys: readonly string[]): void {
    if (keys.length === 0) return;
    this.#untold.add(keys);
    this.#tellLater();
  }

  #tell(): void {
    if (this.#isTelling || this.#untold.isEmpty) return;
    if (!this.#breaker.mayTry()) return this.#tellLater();
    this.#isTelling = true;
    this.#budget.run(
      () => this.#untold.tell(this.cache),
      () => {
        this.#isTelling = false;
        this.#breaker.succeeded();
      },
      (error) => {
        this.#isTelling = false;
        this.#failed('invalidate', error);
        this.#tellLater();
      },
    );
  }

  #tellLater(): void {
    if (this.#isClosed) return;
    this.#tellTimer ??= setTimeout(() => {
      this.#tellTimer = undefined;
      this.#tell();
    }, this.#openMs).unref();
  }

  #failed(operation: CacheOperation, error: unknown): void {
    this.options.onEvent?.({ kind: 'failed', cache: this.name, operation, error });
    this.#breaker.failed();
  }
}
