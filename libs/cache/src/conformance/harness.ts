import type { Cache } from '../cache.js';

/** What a cache can do beyond the port. The cases of a feature that is not declared do not run. */
export interface CacheFeatures {
  /** Other connections see and end each other's entries and leases at once. */
  readonly coherentPeers: boolean;
  /** Of several who claim the same load, one gets it; others always get it. */
  readonly claims: boolean;
  /** It can be made to lose everything, open announcements, too. */
  readonly forgets: boolean;
  /**
   * Changes of so many other keys make it forget what it remembers of a key that it does not keep. The races then run
   * with such a crowd in between; 0: they do not.
   */
  readonly crowd: number;
}

/** One empty cache, and what the suite does to it. */
export interface CacheHarness {
  readonly cache: Cache;
  /** A connection of its own to the same cache, as another process would have it; where peers are coherent. */
  connect?(): Cache;
  /** Makes it lose all that it knows, as a restart does; where it can. Its connections are there again afterwards. */
  forget?(): Promise<void>;
  /** Lets time pass for the cache: really, or on its clock. */
  elapse(ms: number): Promise<void>;
  /** Ends what the harness started. The suite has closed the cache and its peers. */
  stop?(): Promise<void>;
}

export interface CacheConformanceOptions {
  readonly features: CacheFeatures;
  /** How many interleavings the races try; 150 by default. */
  readonly runs?: number;
  /** Makes an empty cache; for each case. */
  create(): CacheHarness | Promise<CacheHarness>;
}

/** What each theme gets. */
export interface CacheSuite {
  readonly options: CacheConformanceOptions;
  /** Runs a case on a cache of its own. */
  withCache(test: (harness: CacheHarness) => Promise<void>): () => Promise<void>;
}
