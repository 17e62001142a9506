import { describe } from '@jest/globals';
import { announcementCases } from './announcements.js';
import { claimCases } from './claims.js';
import type { CacheConformanceOptions, CacheHarness, CacheSuite } from './harness.js';
import { keepingCases } from './keeping.js';
import { leaseCases } from './leases.js';
import { lifeCases } from './life.js';
import { peerCases } from './peers.js';
import { raceCases } from './races.js';
import { versionCases } from './versions.js';

export type { CacheConformanceOptions, CacheFeatures, CacheHarness } from './harness.js';
export { describeRanking, type RankingConformanceOptions, type RankingHarness } from './ranking/index.js';

/** The guarantees of the port, as tests. Every adapter and every cache made of others passes them. */
export function describeCache(name: string, options: CacheConformanceOptions): void {
  describe(name, () => {
    const suite: CacheSuite = {
      options,
      withCache: (test) => async () => {
        const harness = await options.create();
        try {
          await test(harness);
        } finally {
          await close(harness);
        }
      },
    };

    keepingCases(suite);
    leaseCases(suite);
    versionCases(suite);
    announcementCases(suite);
    claimCases(suite);
    peerCases(suite);
    raceCases(suite);
    lifeCases(suite);
  });
}

async function close(harness: CacheHarness): Promise<void> {
  await harness.cache.close();
  await harness.stop?.();
}
