import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeCache } from '@looseleaf/cache/conformance';
import { redisProgram, whereAvailable } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';
import { startCluster, type Servers } from './testing/servers.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('On a cluster', () => {
  let cluster: Servers;
  beforeAll(async () => void (cluster = await startCluster()));
  afterAll(() => cluster.stop());

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
});
