import { describe, expect, it } from '@jest/globals';
import { NO_LEASE, type Cache } from '../cache.js';
import { aVersion, anEntry, leaseOf, load, LONG_MS, SHORT_MS, valueOf } from './entries.js';
import type { CacheSuite } from './harness.js';

const clear = (cache: Cache): Promise<void> => cache.clear();

/** What a reader that loads from the store may run into: after each of them, what it loaded may be old. */
const CHANGES: readonly [name: string, change: (cache: Cache) => Promise<unknown>][] = [
  ['written', (cache) => cache.write([aVersion('a', 1)])],
  ['invalidated', (cache) => cache.invalidate(['a'])],
  ['announced', (cache) => cache.announce(['a'], LONG_MS)],
  ['announced and released', async (cache) => cache.release(['a'], await cache.announce(['a'], LONG_MS))],
  ['announced and written', async (cache) => cache.write([aVersion('a', 1)], await cache.announce(['a'], LONG_MS))],
  [
    'written and invalidated',
    async (cache) => {
      await cache.write([aVersion('a', 1)]);
      await cache.invalidate(['a']);
    },
  ],
  ['cleared', clear],
];

/** A value that was loaded while its key changed is never kept. */
export function leaseCases({ withCache }: CacheSuite): void {
  describe('leases', () => {
    it.each(CHANGES)('keeps nothing that was loaded before the key was %s', async (_, change) => {
      await withCache(async ({ cache }) => {
        const lease = await leaseOf(cache, 'a');
        await change(cache);
        const before = await valueOf(cache, 'a');
        expect(await cache.fill('a', anEntry('old'), lease)).toBe(false);
        expect(await valueOf(cache, 'a')).toBe(before);
      })();
    });

    it.each(CHANGES)('replaces nothing with the lease of a hit from before the key was %s', async (_, change) => {
      await withCache(async ({ cache }) => {
        await load(cache, 'a', 'kept');
        const { lease } = await cache.read('a');
        await change(cache);
        expect(await cache.fill('a', anEntry('old'), lease)).toBe(false);
        expect(await valueOf(cache, 'a')).not.toBe('old');
      })();
    });

    it(
      'replaces what is kept with the lease of a hit',
      withCache(async ({ cache }) => {
        await cache.write([aVersion('a', 1)]);
        await cache.read('a');
        const { lease } = await cache.read('a'); // a near cache's hit
        expect(await cache.fill('a', anEntry('newer'), lease)).toBe(true);
        expect(await valueOf(cache, 'a')).toBe('newer');
      }),
    );

    it.each(CHANGES)('gives equal leases until the key was %s, and another one then', async (_, change) => {
      await withCache(async ({ cache }) => {
        const { lease } = await cache.read('a');
        await cache.invalidate(['b']);
        expect((await cache.read('a')).lease).toBe(lease);
        await change(cache);
        expect((await cache.read('a')).lease).not.toBe(lease);
      })();
    });

    it(
      'ends no lease of another key',
      withCache(async ({ cache }) => {
        const lease = await leaseOf(cache, 'a');
        await cache.write([aVersion('b', 1)]);
        await cache.invalidate(['c']);
        await cache.announce(['d'], LONG_MS);
        expect(await cache.fill('a', anEntry('1'), lease)).toBe(true);
      }),
    );

    it(
      'keeps nothing without a lease, or with one that it never gave',
      withCache(async ({ cache }) => {
        for (const lease of [NO_LEASE, '0', '-1', 'nonsense', '|', '7|7']) {
          expect(await cache.fill('a', anEntry('1'), lease)).toBe(false);
        }
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'gives a lease that lives on when an entry expires',
      withCache(async ({ cache, elapse }) => {
        await load(cache, 'a', '1', SHORT_MS);
        await elapse(SHORT_MS);
        await load(cache, 'a', '2');
        expect(await valueOf(cache, 'a')).toBe('2');
      }),
    );
  });
}
