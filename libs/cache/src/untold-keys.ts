import type { Cache } from './cache.js';

const MOST_KEYS = 10_000;
const KEYS_AT_ONCE = 500;

/** Keys whose writes a cache was not told of, since it did not answer: what it keeps of them may be old. */
export class UntoldKeys {
  /** With the number of the change that they were last part of. */
  readonly #changes = new Map<string, number>();
  #changed = 0;
  /** The last change since there were too many keys to remember; 0 when there were not. */
  #changedAll = 0;

  get isEmpty(): boolean {
    return this.#changes.size === 0 && this.#changedAll === 0;
  }

  add(keys: readonly string[]): void {
    this.#changed += 1;
    for (const key of keys) this.#changes.set(key, this.#changed);
    if (this.#changedAll === 0 && this.#changes.size <= MOST_KEYS) return;
    this.#changedAll = this.#changed;
    this.#changes.clear();
  }

  /**
   * Has a cache forget them; what is added meanwhile stays.
   * @throws what the cache rejects with; they are all still untold then
   */
  async tell(cache: Cache): Promise<void> {
    const told = this.#changed;
    if (this.#changedAll > 0) {
      await cache.clear();
      if (this.#changedAll <= told) this.#changedAll = 0;
    }
    const keys = [...this.#changes.keys()];
    for (let first = 0; first < keys.length; first += KEYS_AT_ONCE) {
      await cache.invalidate(keys.slice(first, first + KEYS_AT_ONCE));
    }
    for (const key of keys) if (this.#changes.get(key)! <= told) this.#changes.delete(key);
  }
}
