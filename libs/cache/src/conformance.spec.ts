import type { Cache } from './cache.js';
import { withCircuit } from './circuit.js';
import { describeCache, type CacheHarness } from './conformance/index.js';
import { createMemoryCache } from './memory-cache.js';
import { createNearCache } from './near-cache.js';

/** Remembers the changes of so few keys that the crowd makes it forget them. */
const SMALL = { maxEntries: 1_100 };
const CROWD = 2_300;

function aClock(): { now: () => number; elapse: (ms: number) => Promise<void> } {
  let nowMs = 0;
  return {
    now: () => nowMs,
    elapse: async (ms) => void (nowMs += ms),
  };
}

/** A connection whose end leaves the cache to the others. */
function aConnectionTo(cache: Cache): Cache {
  return new Proxy(cache, {
    get: (target, property) =>
      property === 'close'
        ? async () => undefined
        : property === 'name'
          ? target.name
          : (target[property as 'ping'] as () => unknown).bind(target),
  });
}

describeCache('The memory cache', {
  features: { coherentPeers: false, crowd: CROWD },
  create: () => {
    const { now, elapse } = aClock();
    return { cache: createMemoryCache({ name: 'memory', now, ...SMALL }), elapse };
  },
});

describeCache('A memory cache of bounded bytes', {
  features: { coherentPeers: false, crowd: 0 },
  create: () => {
    const { now, elapse } = aClock();
    return { cache: createMemoryCache({ name: 'memory', now, maxBytes: 4 * 1024 * 1024 + 1000 }), elapse };
  },
});

describeCache('A near cache in front of a memory cache', {
  features: { coherentPeers: false, crowd: CROWD },
  create: () => {
    const { now, elapse } = aClock();
    const behind = createMemoryCache({ name: 'behind', now, ...SMALL });
    const near = createMemoryCache({ name: 'near', now, ...SMALL });
    return { cache: createNearCache({ near, ttlMs: 30_000, behind, now }), elapse };
  },
});

describeCache('A circuit around a memory cache', {
  features: { coherentPeers: true, crowd: CROWD },
  create: (): CacheHarness => {
    const { now, elapse } = aClock();
    const memory = createMemoryCache({ name: 'memory', now, ...SMALL });
    const options = { budgetMs: 10_000, now };
    return {
      cache: withCircuit(memory, options),
      connect: () => withCircuit(aConnectionTo(memory), options),
      elapse,
    };
  },
});
