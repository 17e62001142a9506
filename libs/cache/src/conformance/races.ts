import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import type { Cache } from '../cache.js';
import { load, valueOf } from './entries.js';
import type { CacheHarness, CacheSuite } from './harness.js';
import { HOLD_MS, KEYS, reader, StoreModel, writer, type Ending, type Script } from './race-model.js';

const DEFAULT_RUNS = 150;

interface Race {
  readonly scripts: readonly Script[];
  /** Whose turn it is, step by step; -1 lets time pass until all announcements are over, -2 brings a crowd of other keys. */
  readonly turns: readonly number[];
}

/**
 * Readers, writers and their deaths in every order, against a model of the store. At any time, a hit is at least as new as
 * the last write or invalidation that had resolved before; in the end, what is kept is what the store has.
 */
export function raceCases({ options, withCache }: CacheSuite): void {
  const numRuns = options.runs ?? DEFAULT_RUNS;

  describe('races', () => {
    it('answers no value older than the last change, however readers and writers interleave', async () => {
      await fc.assert(
        fc.asyncProperty(races(options.features.crowd > 0), (race) =>
          withCache((harness) => run(harness, race, options.features.crowd))(),
        ),
        { numRuns },
      );
    });

    it(
      'answers no value older than the last change while readers and writers run side by side',
      withCache(async ({ cache }) => {
        const store = new StoreModel(cache);
        const endings: readonly Ending[] = ['written', 'invalidated', 'released'];
        const actor = async (seed: number): Promise<void> => {
          for (let round = 0; round < 60; round += 1) {
            const key = KEYS[(seed + round) % KEYS.length]!;
            const script = seed % 3 === 0 ? writer([key], endings[(seed + round) % 3]!) : reader(key);
            for (const step of script(store)) {
              await step();
              if ((seed * round) % 4 === 0) await turn();
            }
          }
        };
        await Promise.all(Array.from({ length: 12 }, (_, seed) => actor(seed)));
        await expectTruth(cache, store);
      }),
    );
  });
}

function races(crowd: boolean): fc.Arbitrary<Race> {
  const key = fc.constantFrom(...KEYS);
  const script = fc.oneof(
    key.map(reader),
    fc
      .tuple(
        fc.subarray([...KEYS], { minLength: 1 }),
        fc.constantFrom<Ending>(
          'written',
          'released',
          'invalidated',
          'died before the commit',
          'died after the commit',
        ),
      )
      .map(([keys, ending]) => writer(keys, ending)),
  );
  return fc.record({
    scripts: fc.array(script, { minLength: 2, maxLength: 6 }),
    turns: fc.array(fc.integer({ min: crowd ? -2 : -1, max: 5 }), { maxLength: 25 }),
  });
}

async function run({ cache, elapse }: CacheHarness, { scripts, turns }: Race, crowd: number): Promise<void> {
  const store = new StoreModel(cache);
  const pending = scripts.map((script) => script(store));
  for (const actor of turns) {
    if (actor === -2) await crowdOut(cache, crowd);
    else if (actor === -1) {
      await elapse(HOLD_MS);
      store.passHold();
    } else await pending[actor]?.shift()?.();
  }
  for (const step of pending.flat()) await step();
  await elapse(HOLD_MS);
  await expectTruth(cache, store);
}

/** Once all is over, what is kept is what the store has; and the cache is of use again. */
async function expectTruth(cache: Cache, store: StoreModel): Promise<void> {
  for (const key of KEYS) {
    const kept = await valueOf(cache, key);
    expect([undefined, store.valueOf(key)]).toContain(kept);
    // What is kept need not be replaceable: a near cache may hold it under a lease that has ended behind it.
    if (kept === undefined) await load(cache, key, store.valueOf(key));
    expect(await valueOf(cache, key)).toBe(store.valueOf(key));
  }
}

async function crowdOut(cache: Cache, size: number): Promise<void> {
  const keys = Array.from({ length: size }, (_, index) => `crowd ${index}`);
  await cache.write(keys.map((key) => ({ key, value: '', version: 1, ttlMs: HOLD_MS })));
  await cache.invalidate(keys);
}
