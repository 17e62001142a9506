import { NO_LEASE } from '@looseleaf/cache';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createSharedCaches, type SharedCache, type SharedCaches } from './shared-caches.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

const OPTIONS = { name: 'pens', maxBytes: 1_000_000 };
const TTL_MS = 60_000;

describe('Caches in the memory of processes', () => {
  it('are each to its own, and have nothing to tell of others', async () => {
    const [one, other] = await Promise.all([
      createSharedCaches({ CACHE: 'memory' }),
      createSharedCaches({ CACHE: 'memory' }),
    ]);
    const cache = one.create(OPTIONS);
    await cache.write([{ key: 'red', value: '1', ttlMs: TTL_MS, version: 1 }]);
    expect(await cache.read('red')).toMatchObject({ kind: 'hit', value: '1' });
    expect(await other.create(OPTIONS).read('red')).toMatchObject({ kind: 'miss' });
    expect(cache.onInvalidated).toBeUndefined();
  });
});

describeOnRedis('Caches on Redis', () => {
  let redis: RedisServer;
  const lines: string[] = [];
  const log = (_: object, line: string): void => void lines.push(line);
  const processes: SharedCaches[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await Promise.all(processes.map((caches) => caches.close()));
    await redis.stop();
  });

  async function createCache(): Promise<SharedCache> {
    const logger = { info: log, warn: log };
    const caches = await createSharedCaches({ CACHE: 'redis', REDIS_URL: redis.url }, { logger });
    processes.push(caches);
    const cache = caches.create(OPTIONS);
    await eventually(() => cache.ping());
    return cache;
  }

  it('are shared by all processes, which hear of each other', async () => {
    const [one, other] = [await createCache(), await createCache()];
    const heard: string[] = [];
    const stopListening = other.onInvalidated!((keys) => void heard.push(...(keys ?? [])));
    await eventually(async () => {
      await one.write([{ key: 'red', value: '1', ttlMs: TTL_MS, version: Date.now() }]);
      expect(heard).toContain('red');
      expect(await other.read('red')).toMatchObject({ kind: 'hit', value: '1' });
    });
    stopListening();
  });

  it('are missed while Redis is away, which is told once, and serve again when it is back', async () => {
    const cache = await createCache();
    lines.length = 0;
    await redis.kill();
    await eventually(async () => {
      expect(await cache.read('red')).toEqual({ kind: 'miss', lease: NO_LEASE });
      expect(lines).toEqual(['the cache does not answer; the store does']);
    });
    await redis.start();
    await eventually(async () => {
      await cache.write([{ key: 'red', value: '2', ttlMs: TTL_MS, version: Date.now() }]);
      expect(await cache.read('red')).toMatchObject({ kind: 'hit', value: '2' });
    });
    expect(lines).toEqual(['the cache does not answer; the store does', 'the cache answers again']);
  });
});
