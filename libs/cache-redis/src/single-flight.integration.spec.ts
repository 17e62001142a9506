import { setTimeout as sleep } from 'node:timers/promises';
import { LazyLoader, type Cache, type LazyLoaderOptions } from '@looseleaf/cache';
import { deferred } from '@looseleaf/cache/testing';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);
const CLAIM_MS = 10_000;

describeOnRedis('Readers of a hot key in several processes', () => {
  let server: RedisServer;
  const caches: Cache[] = [];
  let loads: string[];
  let value: string;
  beforeAll(async () => void (server = await startRedis()));
  beforeEach(() => void ([loads, value] = [[], 'old']));
  afterEach(async () => {
    await caches[0]?.clear();
    await Promise.all(caches.splice(0).map((cache) => cache.close()));
  });
  afterAll(() => server.stop());

  /** As one process has it. */
  function aProcess(name: string, options: Partial<LazyLoaderOptions<string>> = {}): LazyLoader<string> {
    const cache = createRedisCache({ name: 'items', url: server.url });
    caches.push(cache);
    const load = async (): Promise<string> => {
      loads.push(name);
      const loaded = value;
      await sleep(50);
      return loaded;
    };
    return new LazyLoader({ cache, load, ttlMs: 60_000, claimMs: CLAIM_MS, ...options });
  }
  const processes = (options: Partial<LazyLoaderOptions<string>> = {}): LazyLoader<string>[] =>
    ['a', 'b', 'c', 'd'].map((name) => aProcess(name, options));

  it('share one load, and all of them get what it found', async () => {
    const readings = await Promise.all(processes().map((reader) => reader.read('pen')));
    expect(readings.map((reading) => reading.value)).toEqual(['old', 'old', 'old', 'old']);
    expect(readings.filter((reading) => reading.stored)).toHaveLength(1);
    expect(readings.filter((reading) => reading.collapsed)).toHaveLength(3);
    expect(loads).toHaveLength(1);
  });

  it('load each for itself unless they are told to claim', async () => {
    await Promise.all(processes({ claimMs: 0 }).map((reader) => reader.read('pen')));
    expect(loads.length).toBeGreaterThan(1);
  });

  it('wait no longer than the claim for one that died', async () => {
    const startedAt = performance.now();
    const stuck = deferred();
    const dead = aProcess('dead', { load: () => stuck.promise.then(() => 'late'), claimMs: 200 });
    void dead.read('pen');
    const other = aProcess('b', { claimMs: 200 });
    await eventually(async () => expect(await caches[0]!.read('pen')).toMatchObject({ kind: 'miss' }));
    expect(await other.read('pen')).toMatchObject({ value: 'old' });
    expect(performance.now() - startedAt).toBeLessThan(200 + 5_000);
    stuck.resolve();
  });

  it('do not wait for a load from before a change', async () => {
    const [before, after] = [aProcess('before'), aProcess('after')];
    const early = before.read('pen');
    await eventually(() => expect(loads).toEqual(['before']));
    value = 'new';
    await caches[1]!.invalidate(['pen']);
    expect(await after.read('pen')).toMatchObject({ value: 'new', stored: true });
    expect(await early).toMatchObject({ value: 'old', stored: false });
  });

  it('answer what is stale while one of them loads it anew', async () => {
    const readers = processes({ ttlMs: 100, jitter: 0, staleWhileRevalidateMs: 60_000 });
    await readers[0]!.read('pen');
    await sleep(110);
    value = 'new';
    const readings = await Promise.all(readers.map((reader) => reader.read('pen')));
    expect(readings.map(({ status, value: answered }) => `${status} ${answered}`)).toEqual(Array(4).fill('stale old'));
    await eventually(async () => expect((await readers[3]!.read('pen')).value).toBe('new'));
    expect(loads).toHaveLength(2);
  });
});
