import { createMemoryCache, createNearCache, type Cache } from '@looseleaf/cache';
import { eventually } from '@looseleaf/infra';
import type { RedisCache } from '../shared-cache.js';

/** The caches of one process. */
export interface NearNode {
  readonly cache: Cache;
  readonly near: Cache;
}

/** A near cache that already hears of changes. */
export async function aNearNode(shared: RedisCache, ttlMs: number, behind: Cache = shared): Promise<NearNode> {
  const near = createMemoryCache({ name: 'near' });
  let doubts = 0;
  const cache = createNearCache({
    near,
    ttlMs,
    behind,
    onInvalidated: (listener) =>
      shared.onInvalidated((keys) => {
        if (keys === undefined) doubts += 1;
        listener(keys);
      }),
  });
  await eventually(() => expect(doubts).toBe(2)); // one for each connection, as it was made
  return { cache, near };
}
