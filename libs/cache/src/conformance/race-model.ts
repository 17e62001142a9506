import { expect } from '@jest/globals';
import type { Cache, CacheAnswer, Lease } from '../cache.js';
import { aVersion, anEntry } from './entries.js';

export const KEYS = ['a', 'b'] as const;
/** How long announcements hold; a commit that would come later is given up, as a statement timeout does. */
export const HOLD_MS = 100;

export type Key = (typeof KEYS)[number];
type Step = () => Promise<void>;
/** What one actor does, step by step; each step is one call to its cache or to the store. */
export type Script = (store: StoreModel, cache: Cache) => Step[];
export type Ending = 'written' | 'released' | 'invalidated' | 'died before the commit' | 'died after the commit';

/** The store, and what a hit must not be older than. */
export class StoreModel {
  readonly #versions = new Map<Key, number>(KEYS.map((key) => [key, 0]));
  readonly #settled = new Map<Key, number>(KEYS.map((key) => [key, 0]));
  #holds = 0;

  /** How many times all announcements have expired. */
  get holdsPassed(): number {
    return this.#holds;
  }

  passHold(): void {
    this.#holds += 1;
  }

  valueOf(key: Key): string {
    return `v${this.versionOf(key)}`;
  }

  versionOf(key: Key): number {
    return this.#versions.get(key)!;
  }

  commit(key: Key): number {
    const version = this.versionOf(key) + 1;
    this.#versions.set(key, version);
    return version;
  }

  /** From now on, hits of the key are of that version or newer. */
  settle(key: Key, version: number): void {
    this.#settled.set(key, Math.max(this.settledOf(key), version));
  }

  settledOf(key: Key): number {
    return this.#settled.get(key)!;
  }
}

/** Reads, loads from the store, keeps what it loaded: after a hit, too, as one that revalidates. */
export function reader(key: Key): Script {
  return (store, cache) => {
    let answer: CacheAnswer | undefined;
    let loaded = '';
    return [
      async () => {
        const settled = store.settledOf(key);
        answer = await cache.read(key);
        if (answer.kind === 'hit') expect(Number(answer.value.slice(1))).toBeGreaterThanOrEqual(settled);
      },
      async () => void (loaded = store.valueOf(key)),
      async () => void (await cache.fill(key, anEntry(loaded), answer!.lease)),
    ];
  };
}

/** Announces (or, as one that only invalidates, does not), commits, and ends in one of the ways in which writers do. */
export function writer(keys: readonly Key[], ending: Ending): Script {
  return ending === 'invalidated' ? invalidator(keys) : announcer(keys, ending);
}

function invalidator(keys: readonly Key[]): Script {
  return (store, cache) => [
    async () => keys.forEach((key) => store.commit(key)),
    async () => {
      const committed = keys.map((key) => [key, store.versionOf(key)] as const);
      await cache.invalidate(keys);
      for (const [key, version] of committed) store.settle(key, version);
    },
  ];
}

function announcer(keys: readonly Key[], ending: Exclude<Ending, 'invalidated'>): Script {
  return (store, cache) => {
    let lease: Lease = '';
    let announcedAt = 0;
    const committed = new Map<Key, number>();
    const announce: Step = async () => {
      announcedAt = store.holdsPassed;
      const before = keys.map((key) => [key, store.versionOf(key)] as const);
      lease = await cache.announce(keys, HOLD_MS);
      for (const [key, version] of before) store.settle(key, version);
    };
    const commit: Step = async () => {
      if (store.holdsPassed === announcedAt) for (const key of keys) committed.set(key, store.commit(key));
    };
    const write: Step = async () => {
      await cache.write(
        [...committed].map(([key, version]) => aVersion(key, version)),
        lease,
      );
      for (const [key, version] of committed) store.settle(key, version);
    };
    const release: Step = () => cache.release(keys, lease);
    switch (ending) {
      case 'died before the commit':
        return [announce];
      case 'died after the commit':
        return [announce, commit];
      case 'released':
        return [announce, release];
      case 'written':
        return [announce, commit, write];
    }
  };
}
