import { setTimeout as sleep } from 'node:timers/promises';
import { describeCache } from '@looseleaf/cache/conformance';
import { redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('On a server', () => {
  let server: RedisServer;
  let caches = 0;
  beforeAll(async () => void (server = await startRedis()));
  afterAll(() => server.stop());

  describeCache('The Redis cache', {
    features: { coherentPeers: true, claims: true, crowd: 0 },
    runs: 60,
    create: () => {
      caches += 1;
      const options = {
        name: `cache-${String.fromCharCode(97 + (caches % 26))}${'a'.repeat(caches / 26)}`,
        url: server.url,
      };
      return {
        cache: createRedisCache(options),
        connect: () => createRedisCache(options),
        elapse: (ms) => sleep(ms + 2),
      };
    },
  });
});
