import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeCache, describeRanking } from '@looseleaf/cache/conformance';
import { eventually, redisProgram, whereAvailable } from '@looseleaf/infra';
import { createRedisRanking } from './ranking/redis-ranking.js';
import { createRedisCache } from './redis-cache.js';
import { startCluster, type Servers } from './testing/servers.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('On a cluster', () => {
  let cluster: Servers;
  beforeAll(async () => void (cluster = await startCluster()));
  afterAll(() => cluster.stop());

  it('tells near caches of changes on each of its nodes', async () => {
    const options = { name: 'items', url: cluster.url };
    const [here, there] = [createRedisCache(options), createRedisCache(options)];
    let doubts = 0;
    const changed: string[] = [];
    there.onInvalidated((keys) => {
      if (keys === undefined) doubts += 1;
      else changed.push(...keys);
    });
    try {
      await eventually(() => expect(doubts).toBe(4)); // of three connections that listen, and one for commands
      const keys = Array.from({ length: 30 }, (_, index) => `item ${index}`);
      await here.write(keys.map((key) => ({ key, value: '1', version: 1, ttlMs: 60_000 })));
      await eventually(() => expect(new Set(changed)).toEqual(new Set(keys)));
    } finally {
      await Promise.all([here.close(), there.close()]);
    }
  });

  describeCache('The Redis cache', {
    features: { coherentPeers: true, claims: true, forgets: false, crowd: 0 },
    runs: 15,
    create: () => {
      const options = { name: `test-${randomUUID().replace(/\d/g, '')}`, url: cluster.url };
      return {
        cache: createRedisCache(options),
        connect: () => createRedisCache(options),
        elapse: (ms) => sleep(ms + 2),
      };
    },
  });

  describeRanking('The Redis ranking', {
    forgets: false,
    builderSilenceMs: 300,
    runs: 10,
    create: () => {
      const options = { name: randomUUID(), url: cluster.url, keepMs: 24 * 3_600_000, builderSilenceMs: 300 };
      return {
        ranking: createRedisRanking(options),
        connect: () => createRedisRanking(options),
        elapse: (ms) => sleep(ms + 2),
      };
    },
  });
});
