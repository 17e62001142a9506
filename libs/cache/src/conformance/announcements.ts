import { describe, expect, it } from '@jest/globals';
import { aVersion, anEntry, leaseOf, load, LONG_MS, SHORT_MS, valueOf } from './entries.js';
import type { CacheSuite } from './harness.js';

/** Between the announcement of a write and its end, nothing is kept that may be old. */
export function announcementCases({ withCache }: CacheSuite): void {
  describe('announcements', () => {
    it(
      'forgets the keys at once, and keeps what is written at the end',
      withCache(async ({ cache }) => {
        await load(cache, 'a', 'old');
        const lease = await cache.announce(['a'], LONG_MS);
        await leaseOf(cache, 'a');
        await cache.write([aVersion('a', 1)], lease);
        expect(await valueOf(cache, 'a')).toBe('v1');
      }),
    );

    it(
      'keeps nothing that is loaded meanwhile: it may be from before the commit',
      withCache(async ({ cache }) => {
        await cache.announce(['a'], LONG_MS);
        expect(await cache.fill('a', anEntry('old'), await leaseOf(cache, 'a'))).toBe(false);
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'gives every reader another lease meanwhile: who comes after the commit must not share a load from before it',
      withCache(async ({ cache }) => {
        const lease = await cache.announce(['a'], LONG_MS);
        const during = [await leaseOf(cache, 'a'), await leaseOf(cache, 'a')];
        expect(new Set(during).size).toBe(2);
        await cache.release(['a'], lease);
        expect(await leaseOf(cache, 'a')).toBe(await leaseOf(cache, 'a'));
      }),
    );

    it.each(['written', 'released'] as const)('keeps nothing that was loaded meanwhile once it is %s', async (end) => {
      await withCache(async ({ cache }) => {
        const announcement = await cache.announce(['a'], LONG_MS);
        const lease = await leaseOf(cache, 'a');
        if (end === 'released') await cache.release(['a'], announcement);
        else await cache.write([aVersion('a', 1)], announcement);
        expect(await cache.fill('a', anEntry('old'), lease)).toBe(false);
      })();
    });

    it(
      'lets the key be kept again when it is released',
      withCache(async ({ cache }) => {
        await cache.release(['a'], await cache.announce(['a', 'b'], LONG_MS));
        await load(cache, 'a', '1');
        expect(await valueOf(cache, 'a')).toBe('1');
        expect(await cache.fill('b', anEntry('old'), await leaseOf(cache, 'b'))).toBe(false);
      }),
    );

    it(
      'lets the key be kept again when its time is over: the writer has died',
      withCache(async ({ cache, elapse }) => {
        await cache.announce(['a'], SHORT_MS);
        const during = await leaseOf(cache, 'a');
        await elapse(SHORT_MS);
        expect(await cache.fill('a', anEntry('old'), during)).toBe(false);
        await load(cache, 'a', 'new');
        expect(await valueOf(cache, 'a')).toBe('new');
      }),
    );

    it(
      'keeps nothing of a writer that comes too late, and forgets what others loaded',
      withCache(async ({ cache, elapse }) => {
        const lease = await cache.announce(['a'], SHORT_MS);
        await elapse(SHORT_MS);
        await load(cache, 'a', 'loaded');
        await cache.write([aVersion('a', 1)], lease);
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'keeps the last of two announced writes when it is the newest',
      withCache(async ({ cache }) => {
        const [first, second] = [await cache.announce(['a'], LONG_MS), await cache.announce(['a'], LONG_MS)];
        await cache.write([aVersion('a', 1)], second);
        await leaseOf(cache, 'a'); // the first may have committed something newer, and die
        await cache.write([aVersion('a', 2)], first);
        expect(await valueOf(cache, 'a')).toBe('v2');
      }),
    );

    it(
      'keeps neither of two announced writes when the last is the older one',
      withCache(async ({ cache }) => {
        const [first, second] = [await cache.announce(['a'], LONG_MS), await cache.announce(['a'], LONG_MS)];
        await cache.write([aVersion('a', 2)], second);
        await cache.write([aVersion('a', 1)], first);
        await leaseOf(cache, 'a');
        await load(cache, 'a', 'v2');
      }),
    );

    it(
      'keeps nothing of a writer beside whom another has died: the other may have committed later',
      withCache(async ({ cache, elapse }) => {
        const lease = await cache.announce(['a'], LONG_MS);
        await cache.announce(['a'], SHORT_MS);
        await elapse(SHORT_MS);
        await cache.write([aVersion('a', 1)], lease);
        await leaseOf(cache, 'a');
      }),
    );

    it.each(['invalidate', 'clear'] as const)('keeps nothing of a writer after %s', async (method) => {
      await withCache(async ({ cache }) => {
        const lease = await cache.announce(['a'], LONG_MS);
        await (method === 'clear' ? cache.clear() : cache.invalidate(['a']));
        expect(await cache.fill('a', anEntry('old'), await leaseOf(cache, 'a'))).toBe(false); // it is still open
        await cache.write([aVersion('a', 1)], lease);
        await leaseOf(cache, 'a');
      })();
    });

    it(
      'keeps nothing that is written under an announcement that was never made, or of other keys',
      withCache(async ({ cache }) => {
        const lease = await cache.announce(['b'], LONG_MS);
        await load(cache, 'a', 'loaded');
        await cache.write([aVersion('a', 1)], lease);
        await leaseOf(cache, 'a');
        await load(cache, 'a', 'loaded');
        await cache.write([aVersion('a', 2)], '');
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'keeps no unannounced write beside an open announcement',
      withCache(async ({ cache }) => {
        await cache.announce(['a'], LONG_MS);
        await cache.write([aVersion('a', 1)]);
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'is not ended by the release of another',
      withCache(async ({ cache }) => {
        await cache.announce(['a'], LONG_MS);
        await cache.release(['a'], await cache.announce(['a'], LONG_MS));
        await cache.release(['a'], 'nonsense');
        expect(await cache.fill('a', anEntry('old'), await leaseOf(cache, 'a'))).toBe(false);
      }),
    );
  });
}
