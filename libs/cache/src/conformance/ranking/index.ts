import { describe } from '@jest/globals';
import { buildingCases } from './building.js';
import { followingCases } from './following.js';
import type { RankingConformanceOptions, RankingSuite } from './harness.js';
import { scoreCases } from './scores.js';

export type { RankingConformanceOptions, RankingHarness } from './harness.js';

/** The guarantees of the port, as tests. Every adapter passes them. */
export function describeRanking(name: string, options: RankingConformanceOptions): void {
  describe(name, () => {
    const suite: RankingSuite = {
      options,
      withRanking: (test) => async () => {
        const harness = await options.create();
        try {
          await test(harness);
        } finally {
          await harness.ranking.close();
        }
      },
    };

    scoreCases(suite);
    buildingCases(suite);
    followingCases(suite);
  });
}
