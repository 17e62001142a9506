import { withCircuit } from './circuit.js';
import { describeCache, type CacheHarness } from './conformance/index.js';
import { createMemoryCache } from './memory-cache.js';
import { createNearCache } from './near-cache.js';
import { aClock } from './testing/clock.js';
import { override } from './testing/override.js';

/** Remembers the changes of so few keys that the crowd makes it forget them. */
const SMALL = { maxEntries: 1_100 };
const CROWD = 2_300;

describeCache('The memory cache', {
  features: { coherentPeers: false, claims: false, forgets: false, crowd: CROWD },
  create: () => {
    const { now, elapse } = aClock();
    return { cache: createMemoryCache({ name: 'memory', now, ...SMALL }), elapse: async (ms) => elapse(ms) };
  },
});

describeCache('A memory cache of bounded bytes', {
  features: { coherentPeers: false, claims: false, forgets: false, crowd: 0 },
  create: () => {
    const { now, elapse } = aClock();
    return {
      cache: createMemoryCache({ name: 'memory', now, maxBytes: 4 * 1024 * 1024 + 1000 }),
      elapse: async (ms) => elapse(ms),
    };
  },
});

describeCache('A near cache in front of a memory cache', {
  features: { coherentPeers: false, claims: false, forgets: false, crowd: CROWD },
  create: () => {
    const { now, elapse } = aClock();
    const behind = createMemoryCache({ name: 'behind', now, ...SMALL });
    const near = createMemoryCache({ name: 'near', now, ...SMALL });
    return { cache: createNearCache({ near, ttlMs: 30_000, behind, now }), elapse: async (ms) => elapse(ms) };
  },
});

describeCache('A circuit around a memory cache', {
  features: { coherentPeers: true, claims: false, forgets: false, crowd: CROWD },
  create: (): CacheHarness => {
    const { now, elapse } = aClock();
    const memory = createMemoryCache({ name: 'memory', now, ...SMALL });
    const options = { budgetMs: 10_000, now };
    return {
      cache: withCircuit(memory, options),
      connect: () => withCircuit(override(memory, { close: async () => undefined }), options),
      elapse: async (ms) => elapse(ms),
    };
  },
});
