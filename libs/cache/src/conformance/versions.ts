import { describe, expect, it } from '@jest/globals';
import { aVersion, leaseOf, load, LONG_MS, SHORT_MS, valueOf } from './entries.js';
import type { CacheSuite } from './harness.js';

/** Of several writes the highest version stays, in whatever order they come. */
export function versionCases({ withCache }: CacheSuite): void {
  describe('versions', () => {
    it(
      'keeps the highest of several versions, in whatever order they come',
      withCache(async ({ cache }) => {
        for (const [key, versions] of [
          ['rising', [1, 2, 3]],
          ['falling', [3, 2, 1]],
          ['mixed', [2, 3, 1]],
        ] as const) {
          for (const version of versions) await cache.write([aVersion(key, version)]);
          expect(await valueOf(cache, key)).toBe('v3');
        }
      }),
    );

    it(
      'keeps the highest of several versions in one batch',
      withCache(async ({ cache }) => {
        await cache.write([aVersion('a', 2), aVersion('a', 3), aVersion('a', 1), aVersion('b', 1)]);
        expect(await valueOf(cache, 'a')).toBe('v3');
        expect(await valueOf(cache, 'b')).toBe('v1');
      }),
    );

    it(
      'takes large and fractional versions, such as times',
      withCache(async ({ cache }) => {
        await cache.write([aVersion('a', Number.MAX_SAFE_INTEGER, { value: 'new' })]);
        await cache.write([aVersion('a', Number.MAX_SAFE_INTEGER - 1, { value: 'old' })]);
        await cache.write([aVersion('b', 10.5, { value: 'new' })]);
        await cache.write([aVersion('b', 9.75, { value: 'old' })]);
        expect([await valueOf(cache, 'a'), await valueOf(cache, 'b')]).toEqual(['new', 'new']);
      }),
    );

    it(
      'takes the same version again: kept longer, or forgotten meanwhile',
      withCache(async ({ cache, elapse }) => {
        await cache.write([aVersion('a', 1, { ttlMs: SHORT_MS })]);
        await cache.write([aVersion('a', 1)]);
        await elapse(SHORT_MS);
        expect(await valueOf(cache, 'a')).toBe('v1');
        await cache.invalidate(['a']);
        await cache.write([aVersion('a', 1)]);
        expect(await valueOf(cache, 'a')).toBe('v1');
      }),
    );

    it(
      'leaves an old version out after a newer one was invalidated',
      withCache(async ({ cache }) => {
        await cache.write([aVersion('a', 2)]);
        await cache.invalidate(['a']);
        await cache.write([aVersion('a', 1)]);
        await leaseOf(cache, 'a');
        await cache.write([aVersion('a', 3)]);
        expect(await valueOf(cache, 'a')).toBe('v3');
      }),
    );

    it(
      'leaves an old version out after a newer one has expired',
      withCache(async ({ cache, elapse }) => {
        await cache.write([aVersion('a', 2, { ttlMs: SHORT_MS })]);
        await elapse(SHORT_MS);
        await cache.write([aVersion('a', 1)]);
        await leaseOf(cache, 'a');
      }),
    );

    it(
      'leaves an old version out after a newer one was loaded in its place',
      withCache(async ({ cache }) => {
        await cache.write([aVersion('a', 2)]);
        await cache.invalidate(['a']);
        await load(cache, 'a', 'loaded');
        await cache.write([aVersion('a', 1)]);
        expect(await valueOf(cache, 'a')).toBe('loaded');
      }),
    );

    it(
      'leaves an old version out that was announced',
      withCache(async ({ cache }) => {
        const lease = await cache.announce(['a'], LONG_MS);
        await cache.write([aVersion('a', 2)]);
        await cache.write([aVersion('a', 1)], lease);
        expect(await valueOf(cache, 'a')).not.toBe('v1');
      }),
    );

    it(
      'takes any version after it was cleared, as of a store that was restored',
      withCache(async ({ cache }) => {
        const lease = await cache.announce(['announced'], LONG_MS);
        await cache.write([aVersion('a', 9), aVersion('announced', 9)]);
        await cache.clear();
        await cache.release(['announced'], lease);
        for (const key of ['a', 'announced']) {
          await leaseOf(cache, key);
          await cache.write([aVersion(key, 1)]);
          expect(await valueOf(cache, key)).toBe('v1');
        }
      }),
    );
  });
}
