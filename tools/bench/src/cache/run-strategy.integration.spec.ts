import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import { runStrategy, type StrategyResult } from './run-strategy.js';
import { STRATEGIES } from './strategies.js';
import { makeWorkload } from './workload.js';

/** So few keys that writes meet reads of them. */
const KEYS = 5;
const WORKLOAD = makeWorkload({
  seed: 1,
  durationMs: 1_200,
  perSecond: 1_000,
  writeShare: 0.1,
  keys: KEYS,
  exponent: 1,
  nodes: 2,
});
const WARM_UP_MS = 200;

describe('The strategies under one workload', () => {
  let postgres: TestPostgres;
  let results: Record<string, StrategyResult>;

  beforeAll(async () => {
    postgres = await startTestPostgres();
    results = {};
    for (const [index, strategy] of STRATEGIES.entries()) {
      const url = await postgres.createDatabase(`strategy_${index}`);
      const options = { url, keys: KEYS, nodes: 2, workload: WORKLOAD, warmUpMs: WARM_UP_MS };
      results[strategy.name] = await runStrategy(strategy, options);
    }
  });
  afterAll(() => postgres.stop());

  it('all serve the same reads and writes, the warm-up not counted', () => {
    const counted = WORKLOAD.filter(({ atMs }) => atMs >= WARM_UP_MS);
    const reads = counted.filter(({ kind }) => kind === 'read').length;
    for (const result of Object.values(results)) {
      expect(result).toMatchObject({ reads, writes: counted.length - reads });
    }
  });

  it('without a cache read the store each time, and nothing stale', () => {
    expect(results['none']).toMatchObject({
      hitRate: 0,
      storeReadsPer1000: 1000,
      sharedCacheReadsPer1000: 0,
      staleShare: 0,
      oldestStaleMs: 0,
    });
  });

  it('lazy without a time to live never read the store again, and most reads are stale', () => {
    expect(results['lazy']).toMatchObject({ hitRate: 1, storeReadsPer1000: 0, sharedCacheReadsPer1000: 1000 });
    expect(results['lazy']!.staleShare).toBeGreaterThan(0.5);
    expect(results['lazy']!.oldestStaleMs).toBeGreaterThan(0);
  });

  it('lazy with a time to live read the store again, and fewer reads are stale', () => {
    expect(results['lazy + TTL']!.storeReadsPer1000).toBeGreaterThan(0);
    expect(results['lazy + TTL']!.staleShare).toBeLessThan(results['lazy']!.staleShare);
  });

  it('write-through answer reads from the cache, and none of them stale', () => {
    expect(results['write-through']).toMatchObject({ staleShare: 0, oldestStaleMs: 0, sharedCacheReadsPer1000: 1000 });
    // How many depends on how long commits take here: while one is under way, its keys are not kept.
    expect(results['write-through']!.hitRate).toBeGreaterThan(0);
  });

  it('near spare the shared cache, and see writes of the other node late', () => {
    expect(results['near']!.sharedCacheReadsPer1000).toBeLessThan(1000);
    expect(results['near']!.staleShare).toBeLessThan(results['lazy']!.staleShare);
  });
});
