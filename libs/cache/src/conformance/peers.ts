import { describe, expect, it } from '@jest/globals';
import type { Cache } from '../cache.js';
import { aVersion, anEntry, leaseOf, load, LONG_MS, valueOf } from './entries.js';
import type { CacheSuite } from './harness.js';

/** Two processes at one cache. */
export function peerCases({ options, withCache }: CacheSuite): void {
  const withPeer = (test: (cache: Cache, peer: Cache) => Promise<void>): (() => Promise<void>) =>
    withCache(async ({ cache, connect }) => {
      if (!connect) throw new Error('coherent peers are declared, but the harness cannot connect one');
      const peer = connect();
      try {
        await test(cache, peer);
      } finally {
        await peer.close();
      }
    });

  (options.features.coherentPeers ? describe : describe.skip)('peers', () => {
    it(
      'see what the other one keeps, writes and forgets',
      withPeer(async (cache, peer) => {
        await load(cache, 'a', 'loaded');
        expect(await valueOf(peer, 'a')).toBe('loaded');
        await peer.write([aVersion('a', 2)]);
        expect(await valueOf(cache, 'a')).toBe('v2');
        await cache.write([aVersion('a', 1)]);
        expect(await valueOf(peer, 'a')).toBe('v2');
        await peer.invalidate(['a']);
        await leaseOf(cache, 'a');
      }),
    );

    it(
      "end each other's leases",
      withPeer(async (cache, peer) => {
        const lease = await leaseOf(cache, 'a');
        await peer.invalidate(['a']);
        expect(await cache.fill('a', anEntry('old'), lease)).toBe(false);
      }),
    );

    it(
      "respect each other's announcements",
      withPeer(async (cache, peer) => {
        const lease = await peer.announce(['a'], LONG_MS);
        expect(await cache.fill('a', anEntry('old'), await leaseOf(cache, 'a'))).toBe(false);
        await peer.write([aVersion('a', 1)], lease);
        expect(await valueOf(cache, 'a')).toBe('v1');
      }),
    );
  });
}
