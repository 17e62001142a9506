import { describe, expect, it } from '@jest/globals';
import { aVersion, anEntry, leaseOf, load, LONG_MS } from './entries.js';
import type { CacheSuite } from './harness.js';

/** Beginning and end. */
export function lifeCases({ withCache }: CacheSuite): void {
  describe('life', () => {
    it(
      'has a name, and answers a ping',
      withCache(async ({ cache }) => {
        expect(cache.name).toMatch(/^[a-z][a-z-]*$/);
        await cache.ping();
      }),
    );

    it(
      'forgets everything when it is cleared, and can be used again',
      withCache(async ({ cache }) => {
        await load(cache, 'a', '1');
        await cache.write([aVersion('b', 1)]);
        await cache.clear();
        await leaseOf(cache, 'a');
        await leaseOf(cache, 'b');
        await load(cache, 'a', '2');
      }),
    );

    it(
      'says in its ping that it is closed, and can be closed twice',
      withCache(async ({ cache }) => {
        await load(cache, 'a', '1');
        await cache.close();
        await cache.close();
        await expect(cache.ping()).rejects.toThrow();
        await expect(cache.clear()).rejects.toThrow();
      }),
    );

    it(
      'answers no hit and keeps nothing when it is closed',
      withCache(async ({ cache }) => {
        await load(cache, 'a', '1');
        const { lease } = await cache.read('a');
        await cache.close();
        // A circuit makes a miss of the rejection.
        const calls = [cache.read('a'), cache.fill('a', anEntry('2'), lease), cache.announce(['a'], LONG_MS)];
        for (const outcome of await Promise.allSettled<unknown>(calls)) {
          if (outcome.status === 'rejected') continue;
          expect([false, '', { kind: 'miss', lease: '' }]).toContainEqual(outcome.value);
        }
      }),
    );
  });
}
