import { describe, expect, it } from '@jest/globals';
import { aVersion, anEntry, leaseOf, load, LONG_MS, SHORT_MS, valueOf } from './entries.js';
import type { CacheSuite } from './harness.js';

/** What is kept comes back, as it was, for as long as it may. */
export function keepingCases({ withCache }: CacheSuite): void {
  describe('keeping', () => {
    it(
      'answers a miss, keeps what was loaded, and answers it from then on',
      withCache(async ({ cache }) => {
        const lease = await leaseOf(cache, 'a');
        expect(await cache.fill('a', anEntry('1'), lease)).toBe(true);
        expect(await cache.read('a')).toMatchObject({ kind: 'hit', value: '1' });
        expect(await cache.read('b')).toMatchObject({ kind: 'miss' });
      }),
    );

    it.each([
      ['an empty text', ''],
      ['blanks and line ends', ' a  b\r\n'],
      ['text that looks like a number', '007'],
      ['characters of every kind', 'ä€😀\u0000|:{}"'],
      ['a megabyte', 'x'.repeat(1024 * 1024)],
    ])('gives %s back as it was, filled or written', async (_, value) => {
      await withCache(async ({ cache }) => {
        await load(cache, 'filled', value);
        await cache.write([aVersion('written', 1, { value })]);
        for (const key of ['filled', 'written']) {
          expect(await valueOf(cache, key)).toBe(value);
          expect(await valueOf(cache, key)).toBe(value); // a near cache answers the second time
        }
      })();
    });

    it(
      'tells keys of every kind apart',
      withCache(async ({ cache }) => {
        const keys = ['', 'a', 'A', 'a ', 'a:b', 'a|b', 'ä', '😀', '__proto__', 'constructor', 'x'.repeat(500)];
        await cache.write(keys.map((key, index) => aVersion(key, 1, { value: `${index}` })));
        for (const [index, key] of keys.entries()) expect(await valueOf(cache, key)).toBe(`${index}`);
      }),
    );

    it(
      'says what is left of the time to live',
      withCache(async ({ cache, elapse }) => {
        await load(cache, 'a', '1');
        await elapse(SHORT_MS);
        for (const _ of ['first', 'second']) {
          const answer = await cache.read('a');
          if (answer.kind !== 'hit') throw new Error('expected a hit');
          expect(answer.ttlMs).toBeGreaterThan(0);
          expect(answer.ttlMs).toBeLessThanOrEqual(LONG_MS - SHORT_MS + 1);
        }
      }),
    );

    it(
      'answers a miss once the time to live is over, of what was filled and of what was written',
      withCache(async ({ cache, elapse }) => {
        await load(cache, 'filled', '1', SHORT_MS);
        await cache.write([aVersion('written', 1, { ttlMs: SHORT_MS }), aVersion('longer', 1)]);
        expect(await valueOf(cache, 'written')).toBe('v1');
        await elapse(SHORT_MS);
        await leaseOf(cache, 'filled');
        await leaseOf(cache, 'written');
        expect(await valueOf(cache, 'longer')).toBe('v1');
      }),
    );

    it(
      'takes the time to live anew from each write',
      withCache(async ({ cache, elapse }) => {
        await cache.write([aVersion('a', 1, { ttlMs: SHORT_MS })]);
        await cache.write([aVersion('a', 2)]);
        await elapse(SHORT_MS);
        expect(await valueOf(cache, 'a')).toBe('v2');
      }),
    );

    it(
      'forgets the keys that are invalidated, and no others',
      withCache(async ({ cache }) => {
        await cache.write(['a', 'b', 'c'].map((key) => aVersion(key, 1)));
        await cache.invalidate(['a', 'c', 'never kept']);
        expect(await Promise.all(['a', 'b', 'c'].map((key) => valueOf(cache, key)))).toEqual([
          undefined,
          'v1',
          undefined,
        ]);
      }),
    );

    it(
      'takes batches of none and of many',
      withCache(async ({ cache }) => {
        const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
        await cache.write([]);
        await cache.invalidate([]);
        await cache.release([], await cache.announce([], SHORT_MS));
        const lease = await cache.announce(keys, LONG_MS);
        await cache.write(
          keys.map((key) => aVersion(key, 1)),
          lease,
        );
        expect(await valueOf(cache, 'key 999')).toBe('v1');
        await cache.invalidate(keys);
        await leaseOf(cache, 'key 0');
      }),
    );
  });
}
