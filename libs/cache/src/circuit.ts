import { Budget } from './budget.js';
import { NO_LEASE, type Cache, type CacheAnswer, type CacheEntry, type Lease, type VersionedEntry } from './cache.js';
import type { CacheOperation, CircuitEvent, CircuitState } from './observer.js';

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
 * open, none is made. Failed announcements, writes, releases and invalidations are told to `onEvent`; they have the effect
 * that `WriteThrough` describes. `clear`, `ping` and `close` go straight through: who calls them wants to know.
 */
export function withCircuit(cache: Cache, options: CircuitOptions): Cache {
  return new CircuitCache(cache, options);
}

class CircuitCache implements Cache {
  readonly name: string;
  #state: CircuitState = 'closed';
  #failures = 0;
  #openUntilMs = 0;
  readonly #budget: Budget;
  readonly #failuresToOpen: number;
  readonly #openMs: number;
  readonly #now: () => number;

  constructor(
    private readonly cache: Cache,
    private readonly options: CircuitOptions,
  ) {
    this.name = cache.name;
    this.#budget = new Budget(options.budgetMs);
    this.#failuresToOpen = options.failuresToOpen ?? DEFAULT_FAILURES_TO_OPEN;
    this.#openMs = options.openMs ?? DEFAULT_OPEN_MS;
    this.#now = options.now ?? (() => performance.now());
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
    return this.#guard('announce', () => this.cache.announce(keys, holdMs), NO_LEASE);
  }

  write(entries: readonly VersionedEntry[], lease?: Lease): Promise<void> {
    return this.#guard('write', () => this.cache.write(entries, lease), undefined);
  }

  release(keys: readonly string[], lease: Lease): Promise<void> {
    return this.#guard('release', () => this.cache.release(keys, lease), undefined);
  }

  invalidate(keys: readonly string[]): Promise<void> {
    return this.#guard('invalidate', () => this.cache.invalidate(keys), undefined);
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

  #guard<Answer>(operation: CacheOperation, call: () => Promise<Answer>, otherwise: Answer): Promise<Answer> {
    if (!this.#mayTry()) {
      this.options.onEvent?.({ kind: 'skipped', cache: this.name, operation });
      return Promise.resolve(otherwise);
    }
    return new Promise((resolve) => {
      this.#budget.run(
        call,
        (answer) => {
          this.#succeeded();
          resolve(answer);
        },
        (error) => {
          this.options.onEvent?.({ kind: 'failed', cache: this.name, operation, error });
          this.#failed();
          resolve(otherwise);
        },
      );
    });
  }

  /** One call tries whether the cache is back; the others do not wait for it. */
  #mayTry(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || this.#now() < this.#openUntilMs) return false;
    this.#enter('half-open');
    return true;
  }

  #succeeded(): void {
    // Calls from before it opened may still succeed: only the one that was let through to try says that it is back.
    if (this.#state === 'open') return;
    this.#failures = 0;
    this.#enter('closed');
  }

  #failed(): void {
    this.#failures += 1;
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < this.#failuresToOpen)) return;
    this.#openUntilMs = this.#now() + this.#openMs;
    this.#enter('open');
  }

  #enter(state: CircuitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.options.onEvent?.({ kind: 'state', cache: this.name, state });
  }
}
