import { describe, expect, it } from '@jest/globals';
import { anEntry, leaseOf, LONG_MS, SHORT_MS } from './entries.js';
import type { CacheSuite } from './harness.js';

/** Of many readers one loads. */
export function claimCases({ options, withCache }: CacheSuite): void {
  describe('claims', () => {
    it(
      'does not ask for a claim when something is filled',
      withCache(async ({ cache }) => {
        const lease = await leaseOf(cache, 'a');
        expect(await cache.claim('a', lease, LONG_MS)).toBe(true);
        expect(await cache.fill('a', anEntry('1'), lease)).toBe(true);
        expect(await cache.fill('a', anEntry('2'), lease)).toBe(true);
      }),
    );

    (options.features.claims ? it : it.skip)(
      'are given to one reader under each lease',
      withCache(async ({ cache }) => {
        const lease = await leaseOf(cache, 'a');
        expect(await cache.claim('a', lease, LONG_MS)).toBe(true);
        expect(await cache.claim('a', lease, LONG_MS)).toBe(false);
        expect(await cache.claim('b', await leaseOf(cache, 'b'), LONG_MS)).toBe(true);
        await cache.invalidate(['a']);
        expect(await cache.claim('a', await leaseOf(cache, 'a'), LONG_MS)).toBe(true);
      }),
    );

    (options.features.claims ? it : it.skip)(
      'are given again when their time is over: the reader has died',
      withCache(async ({ cache, elapse }) => {
        const lease = await leaseOf(cache, 'a');
        await cache.claim('a', lease, SHORT_MS);
        await elapse(SHORT_MS);
        expect(await cache.claim('a', lease, SHORT_MS)).toBe(true);
      }),
    );
  });
}
