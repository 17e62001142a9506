import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { setImmediate as turn } from 'node:timers/promises';
import type { Cache } from '../cache.js';
import { load, valueOf } from './entries.js';
import type { CacheHarness, CacheSuite } from './harness.js';
import { HOLD_MS, KEYS, reader, StoreModel, writer, type Ending, type Script } from './race-model.js';

const DEFAULT_RUNS = 150;
const MAX_SCRIPTS = 6;
const ACTORS = 12;

interface Race {
  readonly scripts: readonly Script[];
  /** Whose turn it is, step by step, or what else happens. */
  readonly turns: readonly (number | Event)[];
}

/** Time passes until all announcements are over; a crowd of other keys comes; the cache forgets everything. */
type Event = 'hold' | 'crowd' | 'forget';

const ORDERLY: readonly Ending[] = ['written', 'released', 'invalidated'];
const DEADLY: readonly Ending[] = ['died before the commit', 'died after the commit'];

/**
 * Readers, writers and their deaths in every order, against a model of the store. At any time, a hit is at least as new as
 * the last write or invalidation that had resolved before; in the end, what is kept is what the store has.
 */
export function raceCases({ options, withCache }: CacheSuite): void {
  const numRuns = options.runs ?? DEFAULT_RUNS;
  const expectAll = (
    arbitrary: fc.Arbitrary<Race>,
    count: number,
    test: (harness: CacheHarness, race: Race) => Promise<void>,
  ): Promise<void> =>
    fc.assert(
      fc.asyncProperty(arbitrary, (race) => withCache((harness) => test(harness, race))()),
      { numRuns: count },
    );

  describe('races', () => {
    it('answers no value older than the last change, however readers and writers interleave', async () => {
      const events: Event[] = options.features.crowd > 0 ? ['hold', 'crowd'] : ['hold'];
      await expectAll(races([...ORDERLY, ...DEADLY], events), numRuns, async (harness, race) => {
        const store = await run(harness, race, options.features.crowd);
        await harness.elapse(HOLD_MS); // of writers that died
        await expectTruth(harness.cache, store);
      });
    });

    // Without writers that die: what they committed is only known by their announcements.
    (options.features.forgets ? it : it.skip)(
      'answers no value older than the last change, though the cache forgets everything in between',
      () =>
        expectAll(races(ORDERLY, ['forget']), 2 * numRuns, async (harness, race) => {
          await expectTruth(harness.cache, await run(harness, race));
        }),
    );

    it(
      'answers no value older than the last change while readers and writers run side by side',
      withCache(async (harness) => {
        const store = new StoreModel();
        await withPeers(harness, ACTORS, async (peers) => {
          await Promise.all(peers.map((peer, seed) => actor(store, peer, seed)));
        });
        await expectTruth(harness.cache, store);
      }),
    );
  });
}

async function actor(store: StoreModel, cache: Cache, seed: number): Promise<void> {
  for (let round = 0; round < 60; round += 1) {
    const key = KEYS[(seed + round) % KEYS.length]!;
    const script = seed % 3 === 0 ? writer([key], ORDERLY[(seed + round) % 3]!) : reader(key);
    for (const step of script(store, cache)) {
      await step();
      if ((seed * round) % 4 === 0) await turn();
    }
  }
}

function races(endings: readonly Ending[], events: readonly Event[]): fc.Arbitrary<Race> {
  const key = fc.constantFrom(...KEYS);
  const script = fc.oneof(
    key.map(reader),
    fc
      .tuple(fc.subarray([...KEYS], { minLength: 1 }), fc.constantFrom(...endings))
      .map(([keys, ending]) => writer(keys, ending)),
  );
  const turn = fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 0, max: MAX_SCRIPTS - 1 }) },
    { weight: 1, arbitrary: fc.constantFrom(...events) },
  );
  return fc.record({
    scripts: fc.array(script, { minLength: 2, maxLength: MAX_SCRIPTS }),
    turns: fc.array(turn, { maxLength: 25 }),
  });
}

/** @returns the store as it is in the end */
async function run(harness: CacheHarness, { scripts, turns }: Race, crowd = 0): Promise<StoreModel> {
  const store = new StoreModel();
  await withPeers(harness, scripts.length, async (peers) => {
    const pending = scripts.map((script, index) => script(store, peers[index]!));
    for (const next of turns) {
      if (next === 'crowd') await crowdOut(harness.cache, crowd);
      else if (next === 'forget') await harness.forget?.();
      else if (next === 'hold') {
        await harness.elapse(HOLD_MS);
        store.passHold();
      } else await pending[next]?.shift()?.();
    }
    for (const step of pending.flat()) await step();
  });
  return store;
}

/** Gives each actor a connection of its own, where there is such a thing. */
async function withPeers(
  { cache, connect }: CacheHarness,
  count: number,
  work: (peers: readonly Cache[]) => Promise<void>,
): Promise<void> {
  const own = connect ? Array.from({ length: count }, connect) : [];
  try {
    await work(connect ? own : Array.from({ length: count }, () => cache));
  } finally {
    await Promise.all(own.map((peer) => peer.close()));
  }
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
