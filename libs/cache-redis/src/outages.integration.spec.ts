import {
  LazyLoader,
  withCircuit,
  WriteThrough,
  type Cache,
  type CacheEntry,
  type CircuitEvent,
} from '@looseleaf/cache';
import { eventually, freePort, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);
const SILENCE_MS = 200;
/** For calls that should be over after that: a busy machine may take as long again. */
const GRACE_MS = 2_000;
const AN_ENTRY: CacheEntry = { value: 'kept', ttlMs: 60_000 };

describeOnRedis('A Redis that', () => {
  let server: RedisServer;
  let cache: Cache;
  const errors: Error[] = [];
  beforeEach(async () => {
    server = await startRedis();
    cache = createRedisCache({
      name: 'items',
      url: server.url,
      silenceMs: SILENCE_MS,
      onError: (error) => errors.push(error),
    });
    await cache.ping();
    errors.length = 0;
  });
  afterEach(async () => {
    await cache.close();
    await server.stop();
  });

  const fill = async (key: string): Promise<void> => {
    const { lease } = await cache.read(key);
    expect(await cache.fill(key, AN_ENTRY, lease)).toBe(true);
  };

  it('is killed is missed at once, says why, and is used again when it is back', async () => {
    await server.kill();
    await eventually(() => expect(errors).toContainEqual(expect.objectContaining({ code: 'ECONNREFUSED' })));
    const startedAt = performance.now();
    await expect(cache.read('pen')).rejects.toMatchObject({
      message: 'there is no connection to Redis',
      cause: { code: 'ECONNREFUSED' },
    });
    expect(performance.now() - startedAt).toBeLessThan(GRACE_MS);
    await server.start();
    await eventually(() => fill('pen'));
  });

  it('stands still costs two silences, and is used again when it goes on', async () => {
    await fill('pen');
    await server.kill('SIGSTOP');
    const startedAt = performance.now();
    await expect(cache.read('pen')).rejects.toThrow();
    expect(performance.now() - startedAt).toBeLessThan(2 * SILENCE_MS + GRACE_MS);
    await server.kill('SIGCONT');
    await eventually(async () => expect(await cache.read('pen')).toMatchObject({ kind: 'hit', value: 'kept' }));
  });

  it('stands still takes no reader more than the budget of the circuit, and then no time at all', async () => {
    const events: CircuitEvent[] = [];
    const circuit = withCircuit(cache, {
      budgetMs: 20,
      failuresToOpen: 3,
      openMs: 100,
      onEvent: (e) => events.push(e),
    });
    const loader = new LazyLoader({ cache: circuit, load: async () => 'stored', ttlMs: 60_000 });
    expect(await loader.read('pen')).toMatchObject({ status: 'miss', stored: true });
    await server.kill('SIGSTOP');
    const startedAt = performance.now();
    for (let read = 0; read < 20; read += 1) {
      expect(await loader.read('pen')).toMatchObject({ status: 'bypass', value: 'stored' });
    }
    expect(performance.now() - startedAt).toBeLessThan(20 * 20 + GRACE_MS);
    expect(events).toContainEqual(expect.objectContaining({ kind: 'skipped' }));
    await server.kill('SIGCONT');
    await eventually(async () => expect(await loader.read('pen')).toMatchObject({ status: 'hit' }));
  });

  it('stood still during a write does not show the value from before it to others, but for a moment', async () => {
    let stored = { value: 'old', version: 1 };
    const circuit = withCircuit(cache, { budgetMs: 20, failuresToOpen: 1, openMs: 1_000 });
    const stock = new WriteThrough({ cache: circuit, load: async () => stored.value, ttlMs: 3_600_000 });
    const other = createRedisCache({ name: 'items', url: server.url, silenceMs: SILENCE_MS });
    try {
      await eventually(async () => {
        await stock.read('pen');
        expect(await other.read('pen')).toMatchObject({ kind: 'hit' });
      });
      await server.kill('SIGSTOP');
      await stock.read('pen'); // from now on nothing is said to it
      await stock.write(['pen'], async () => {
        stored = { value: 'new', version: 2 };
        return { result: undefined, entries: [{ key: 'pen', ...stored }] };
      });
      expect(await stock.read('pen')).toMatchObject({ value: 'new' });
      await server.kill('SIGCONT');
      await eventually(async () => expect(await other.read('pen')).toMatchObject({ kind: 'miss' }));
      await eventually(async () => expect(await stock.read('pen')).toMatchObject({ value: 'new', status: 'hit' }));
    } finally {
      await server.kill('SIGCONT');
      await other.close();
    }
  });

  it('comes back with what it had persisted is not believed', async () => {
    await server.stop();
    server = await startRedis({ settings: { appendonly: 'yes', appendfsync: 'always' } });
    await cache.close();
    cache = createRedisCache({ name: 'items', url: server.url });
    await fill('pen');
    await server.kill();
    await server.start();
    await eventually(async () => expect(await cache.read('pen')).toMatchObject({ kind: 'miss' }));
  });

  it('is not there yet when its clients start is used as soon as it is', async () => {
    await cache.close();
    const port = await freePort();
    const password = 'early';
    cache = createRedisCache({ name: 'items', url: `redis://:${password}@127.0.0.1:${port}` });
    await expect(cache.ping()).rejects.toThrow('there is no connection to Redis');
    await server.stop();
    server = await startRedis({ port, password });
    await eventually(() => fill('pen'));
  });

  it('knows another password says so', async () => {
    await cache.close();
    cache = createRedisCache({ name: 'items', url: server.url.replace(server.password, 'guess') });
    await expect(cache.ping()).rejects.toMatchObject({ cause: { message: expect.stringContaining('WRONGPASS') } });
  });

  it('evicts under pressure of memory still answers what it has kept, and gives leases for the rest', async () => {
    await server.stop();
    server = await startRedis({ settings: { maxmemory: '4mb', 'maxmemory-policy': 'allkeys-lru' } });
    await cache.close();
    cache = createRedisCache({ name: 'items', url: server.url });
    const keys = Array.from({ length: 500 }, (_, index) => `item ${index}`);
    for (const key of keys) {
      const { lease } = await cache.read(key);
      expect(await cache.fill(key, { value: 'x'.repeat(20_000), ttlMs: 60_000 }, lease)).toBe(true);
    }
    const kinds = await Promise.all(keys.map(async (key) => (await cache.read(key)).kind));
    expect(new Set(kinds)).toEqual(new Set(['hit', 'miss']));
  });
});
