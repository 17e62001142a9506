import { NO_LEASE, type Lease } from './cache.js';
import { LazyLoader } from './lazy-loader.js';
import type { LazyLoaderOptions } from './lazy-loader-options.js';
import type { CacheOperation } from './observer.js';
import type { Reading } from './reading.js';

/** Without `lastKnown`: what was read last may be older than the last write. */
export interface WriteThroughOptions<Value> extends Omit<LazyLoaderOptions<Value>, 'lastKnown'> {
  /**
   * How long nothing is kept for the keys of a write whose end was not seen; 5 s by default. Longer than `commit` ever
   * takes: the statement timeout, say.
   */
  readonly holdMs?: number;
  /**
   * Whether an error of `commit` says for sure that nothing was committed, so that the keys may be kept again at once. Of
   * others (a connection that broke) the commit may still come, and the keys are held for `holdMs`. By default none does.
   */
  readonly isRolledBack?: (error: unknown) => boolean;
}

/** What a commit has written to the store. */
export interface Committed<Value, Result> {
  readonly result: Result;
  /**
   * Of keys that were announced; others are forgotten instead of kept. A key without an entry (its row was deleted, or not
   * touched) is loaded when it is asked for.
   */
  readonly entries: readonly WrittenValue<Value>[];
}

export interface WrittenValue<Value> {
  readonly key: string;
  readonly value: Value;
  /** Rises with every commit that changes the value: a row version. */
  readonly version: number;
}

/** Announces keys that a commit learns of on its way; to be awaited before the commit itself. */
export type Announce = (keys: readonly string[]) => Promise<void>;

interface Announced {
  readonly keys: readonly string[];
  readonly lease: Lease;
}

const DEFAULT_HOLD_MS = 5_000;

/**
 * Every write refreshes the cache in the same operation, so that no read is staler than the last write that has resolved;
 * reads of what is not kept are those of a {@link LazyLoader}.
 *
 * A write announces its keys, commits, then writes their values. Nothing is kept for an announced key, so whatever dies
 * or fails in between leaves no old value in the cache:
 * - The process dies after the commit: reads load from the store for the rest of `holdMs`, then the keys are kept again.
 * - `commit` throws: likewise, or at once when `isRolledBack` says so.
 * - The cache fails after the announcement: likewise.
 *
 * One window remains: the cache already fails at the announcement. The commit goes on and its result stands. Behind
 * `withCircuit`, this process reads past the cache until the cache has forgotten what it was not told of; other processes may
 * be back earlier, and read the old value until then (`openMs`, a second). Should this process end before: until its time to
 * live is over. A read is then at most `ttlMs` behind (with `staleWhileRevalidateMs` or `staleIfErrorMs`, that much more), so
 * choose `ttlMs` accordingly. Two more things stretch the bound to `ttlMs`: a commit that takes longer than `holdMs`, and a
 * store that is changed past this class.
 */
export class WriteThrough<Value> {
  readonly #options: WriteThroughOptions<Value>;
  readonly #loader: LazyLoader<Value>;

  constructor(options: WriteThroughOptions<Value>) {
    this.#options = options;
    this.#loader = new LazyLoader(options);
  }

  read(key: string): Promise<Reading<Value>> {
    return this.#loader.read(key);
  }

  /**
   * Commits and refreshes.
   * @param keys that `commit` may change, as far as they are known before; it announces the others itself
   * @param commit changes the store and says what it now has; when it resolves, the change is durable
   * @throws what `commit` throws; the keys are forgotten even then
   */
  async write<Result>(
    keys: readonly string[],
    commit: (announce: Announce) => Promise<Committed<Value, Result>>,
  ): Promise<Result> {
    const announced: Announced[] = [];
    const announce: Announce = async (more) => {
      const lease = (await this.#attempt('announce', () => this.#announce(more))) ?? NO_LEASE;
      announced.push({ keys: more, lease });
    };
    if (keys.length > 0) await announce(keys);
    const { result, entries } = await this.#commit(announced, () => commit(announce));
    const byKey = new Map(entries.map((entry) => [entry.key, entry]));
    const known = new Set(announced.flatMap((announcement) => announcement.keys));
    const unannounced = [...byKey.keys()].filter((key) => !known.has(key));
    if (unannounced.length > 0) announced.push({ keys: unannounced, lease: NO_LEASE });
    await Promise.all(announced.map((announcement) => this.#settle(announcement, byKey)));
    return result;
  }

  #announce(keys: readonly string[]): Promise<Lease> {
    return this.#options.cache.announce(keys, this.#options.holdMs ?? DEFAULT_HOLD_MS);
  }

  async #commit<Result>(
    announced: readonly Announced[],
    commit: () => Promise<Committed<Value, Result>>,
  ): Promise<Committed<Value, Result>> {
    try {
      return await commit();
    } catch (error) {
      const isRolledBack = this.#options.isRolledBack?.(error) ?? false;
      for (const { keys, lease } of announced) {
        this.#loader.forgetLoads(keys);
        if (isRolledBack) await this.#attempt('release', () => this.#options.cache.release(keys, lease));
      }
      throw error;
    }
  }

  async #settle({ keys, lease }: Announced, byKey: ReadonlyMap<string, WrittenValue<Value>>): Promise<void> {
    const { cache } = this.#options;
    this.#loader.forgetLoads(keys);
    const written = keys.flatMap((key) => byKey.get(key) ?? []).map((entry) => this.#toEntry(entry));
    const others = keys.filter((key) => !byKey.has(key));
    await Promise.all([
      written.length > 0 && this.#attempt('write', () => cache.write(written, lease)),
      others.length > 0 && this.#attempt('release', () => cache.release(others, lease)),
    ]);
  }

  #toEntry({ key, value, version }: WrittenValue<Value>): {
    key: string;
    version: number;
    value: string;
    ttlMs: number;
  } {
    return { key, version, ...this.#loader.toEntry(value) };
  }

  /** The store decides what is true, so a cache that fails is told of and costs nothing else. */
  async #attempt<Done>(operation: CacheOperation, call: () => Promise<Done>): Promise<Done | undefined> {
    const { cache, observer } = this.#options;
    try {
      return await call();
    } catch (error) {
      observer?.onError?.(cache.name, operation, error);
      return undefined;
    }
  }
}
