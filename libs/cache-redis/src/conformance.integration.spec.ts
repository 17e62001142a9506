import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { withCircuit, type Cache } from '@looseleaf/cache';
import { describeCache, type CacheHarness } from '@looseleaf/cache/conformance';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';
import { ask } from './testing/ask.js';
import { aNearNode } from './testing/near-node.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('On a server', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await startRedis()));
  afterAll(() => server.stop());

  function aHarness(): CacheHarness {
    const options = { name: aName(), url: server.url };
    const caches: Cache[] = [];
    const connect = (): Cache => {
      const cache = createRedisCache(options);
      caches.push(cache);
      return cache;
    };
    let times = 0;
    return {
      cache: connect(),
      connect,
      forget: async () => {
        times += 1;
        if (times % 4 > 0) await ask(server.url, 'FLUSHALL');
        else {
          await server.kill();
          await server.start();
        }
        for (const cache of caches) await eventually(() => cache.ping());
      },
      elapse,
    };
  }

  describeCache('The Redis cache', {
    features: { coherentPeers: true, claims: true, forgets: true, crowd: 0 },
    runs: 60,
    create: aHarness,
  });

  // Other processes' changes are heard of, but not at once, so it has no peers here.
  describeCache('A near cache in front of the Redis cache, behind a circuit', {
    features: { coherentPeers: false, claims: true, forgets: false, crowd: 0 },
    runs: 20,
    create: async () => {
      const shared = createRedisCache({ name: aName(), url: server.url });
      const { cache } = await aNearNode(shared, 30_000, withCircuit(shared, { budgetMs: 5_000 }));
      return { cache, elapse };
    },
  });
});

function aName(): string {
  return `test-${randomUUID().replace(/\d/g, '')}`;
}

async function elapse(ms: number): Promise<void> {
  await sleep(ms + 2);
}
