import { NO_LEASE } from './cache.js';
import { LazyLoader } from './lazy-loader.js';
import type { LazyLoaderOptions } from './lazy-loader-options.js';
import { createMemoryCache } from './memory-cache.js';
import type { CacheObserver } from './observer.js';
import { failingCache, rejects } from './testing/failing-cache.js';
import { aClock } from './testing/clock.js';
import { override } from './testing/override.js';
import { aStore } from './testing/store.js';

interface Item {
  readonly name: string;
}

function aLoader(options: Partial<LazyLoaderOptions<Item>> = {}) {
  const clock = aClock();
  const store = aStore<Item>({ pen: { name: 'Pen' } });
  const cache = options.cache ?? createMemoryCache({ name: 'items', now: clock.now });
  const events: unknown[][] = [];
  const observer: CacheObserver = {
    onRead: (name, result) => events.push(['read', name, result]),
    onCollapsed: (name) => events.push(['collapsed', name]),
    onLoad: (name, durationMs, outcome) => events.push(['load', name, durationMs >= 0, outcome]),
    onError: (name, operation, error) => events.push(['error', name, operation, error]),
  };
  const loader = new LazyLoader<Item>({ cache, load: store.load, ttlMs: 1000, jitter: 0, observer, ...options });
  return { loader, store, cache, clock, events };
}

describe('A lazy loader', () => {
  it('loads what is asked for once, and answers it from the cache from then on', async () => {
    const { loader, store, events } = aLoader();
    expect(await loader.read('pen')).toEqual({
      value: { name: 'Pen' },
      status: 'miss',
      ttlMs: 1000,
      stored: true,
      collapsed: false,
    });
    expect(await loader.read('pen')).toMatchObject({
      value: { name: 'Pen' },
      status: 'hit',
      ttlMs: 1000,
      stored: false,
    });
    expect(store.loads).toEqual(['pen']);
    expect(events).toEqual([
      ['load', 'items', true, 'loaded'],
      ['read', 'items', 'miss'],
      ['read', 'items', 'hit'],
    ]);
  });

  it('loads again when the time to live is over', async () => {
    const { loader, store, clock } = aLoader();
    await loader.read('pen');
    clock.elapse(999);
    expect((await loader.read('pen')).status).toBe('hit');
    clock.elapse(1);
    expect((await loader.read('pen')).status).toBe('miss');
    expect(store.loads).toHaveLength(2);
  });

  it('shortens times to live at random, and never prolongs them', async () => {
    const { loader, store } = aLoader({ jitter: 0.5 });
    const keys = Array.from({ length: 200 }, (_, index) => `item ${index}`);
    for (const key of keys) store.put(key, { name: key });
    const ttls = (await Promise.all(keys.map((key) => loader.read(key)))).map(({ ttlMs }) => ttlMs);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(1000);
    expect(Math.min(...ttls)).toBeGreaterThan(500);
    expect(new Set(ttls).size).toBeGreaterThan(100);
  });

  it('keeps that there is none, for its own time', async () => {
    const { loader, store, clock, events } = aLoader({ negativeTtlMs: 100 });
    expect(await loader.read('ink')).toMatchObject({ value: undefined, status: 'miss', stored: true, ttlMs: 100 });
    expect(await loader.read('ink')).toMatchObject({ value: undefined, status: 'hit', ttlMs: 100 });
    expect(events.at(-1)).toEqual(['read', 'items', 'negative']);
    clock.elapse(100);
    store.put('ink', { name: 'Ink' });
    expect(await loader.read('ink')).toMatchObject({ value: { name: 'Ink' }, status: 'miss' });
    expect(store.loads).toHaveLength(2);
  });

  it('keeps that there is none no longer than a value, and not at all for 0 ms', async () => {
    expect((await aLoader({ ttlMs: 50 }).loader.read('ink')).ttlMs).toBe(50);
    const { loader, store } = aLoader({ negativeTtlMs: 0 });
    expect(await loader.read('ink')).toMatchObject({ stored: false, ttlMs: 0 });
    await loader.read('ink');
    expect(store.loads).toHaveLength(2);
  });

  it('takes values that look like nothing for values', async () => {
    const store = aStore<unknown>({ zero: 0, empty: '', null: null, false: false });
    const cache = createMemoryCache({ name: 'odd' });
    const loader = new LazyLoader({ cache, load: store.load, ttlMs: 1000 });
    for (const [key, value] of [
      ['zero', 0],
      ['empty', ''],
      ['null', null],
      ['false', false],
    ] as const) {
      await loader.read(key);
      expect(await loader.read(key)).toMatchObject({ value, status: 'hit' });
    }
  });

  it('encodes and decodes as it is told', async () => {
    const { loader, cache } = aLoader({ encode: ({ name }) => name, decode: (name) => ({ name }) });
    await loader.read('pen');
    expect(await cache.read('pen')).toMatchObject({ value: '+Pen' });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'hit' });
  });

  it('loads again what it cannot decode, and keeps that instead', async () => {
    const { loader, cache, store, events } = aLoader();
    await cache.write([{ key: 'pen', value: '+{"name', version: 1, ttlMs: 1000 }]);
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'miss', stored: true });
    expect(events[0]).toEqual(['error', 'items', 'read', expect.any(SyntaxError)]);
    expect((await loader.read('pen')).status).toBe('hit');
    await cache.write([{ key: 'pen', value: '?{"name":"Of other origin"}', version: 2, ttlMs: 1000 }]);
    expect((await loader.read('pen')).status).toBe('miss');
    expect(store.loads).toHaveLength(2);
  });
});

describe('Concurrent readers of a lazy loader', () => {
  it('share one load, and each is told so', async () => {
    const { loader, store, events } = aLoader();
    const readings = Promise.all(Array.from({ length: 20 }, () => loader.read('pen')));
    const other = loader.read('ink');
    const all = [...(await readings), await other];
    expect(store.loads.toSorted()).toEqual(['ink', 'pen']);
    expect(all.map(({ collapsed }) => collapsed)).toEqual([false, ...Array<boolean>(19).fill(true), false]);
    expect(new Set(all.map(({ value }) => value?.name))).toEqual(new Set(['Pen', undefined]));
    expect(events.filter(([what]) => what === 'collapsed')).toHaveLength(19);
  });

  it('all get the error of the store, which is not kept', async () => {
    const { loader, store, events } = aLoader();
    store.fail(new Error('store is down'));
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => loader.read('pen')));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { message: 'store is down' } });
    expect(store.loads).toHaveLength(1);
    expect(events).toContainEqual(['load', 'items', true, 'failed']);
    store.fail(undefined);
    expect(await loader.read('pen')).toMatchObject({ status: 'miss', stored: true });
  });

  it('do not join a load that began before the key changed, and what that one loaded is not kept', async () => {
    const { loader, store, cache } = aLoader();
    const gate = store.holdLoads();
    const early = loader.read('pen');
    await gate.reached(1);
    await cache.invalidate(['pen']);
    store.put('pen', { name: 'Better pen' });
    const late = loader.read('pen');
    await gate.reached(2);
    gate.open();
    expect(await late).toMatchObject({ value: { name: 'Better pen' }, stored: true, collapsed: false });
    expect(await early).toMatchObject({ value: { name: 'Pen' }, stored: false });
    expect((await loader.read('pen')).value).toEqual({ name: 'Better pen' });
  });

  it('do not join a load of keys that were said to have changed, even when the cache is dead', async () => {
    const { loader, store } = aLoader({ cache: failingCache('items', rejects) });
    const gate = store.holdLoads();
    const early = loader.read('pen');
    await gate.reached(1);
    loader.forgetLoads(['pen']);
    const late = loader.read('pen');
    await gate.reached(2);
    gate.open();
    expect([await early, await late].map(({ collapsed }) => collapsed)).toEqual([false, false]);
  });
});

describe('A lazy loader of stale values', () => {
  const STALE = { staleWhileRevalidateMs: 200, staleIfErrorMs: 500 };

  it('answers at once, and loads anew behind the reader', async () => {
    const { loader, store, clock, events } = aLoader(STALE);
    await loader.read('pen');
    clock.elapse(1100);
    store.put('pen', { name: 'Better pen' });
    const gate = store.holdLoads();
    const stale = { value: { name: 'Pen' }, status: 'stale', ttlMs: -100, collapsed: false };
    expect(await loader.read('pen')).toMatchObject(stale);
    expect(await loader.read('pen')).toMatchObject(stale);
    expect(events.at(-1)).toEqual(['read', 'items', 'stale']);
    gate.open();
    await store.idle();
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Better pen' }, status: 'hit', ttlMs: 1000 });
    expect(store.loads).toHaveLength(2);
  });

  it('tries again with the next reader when loading anew fails, and nobody notices', async () => {
    const { loader, store, clock, events } = aLoader(STALE);
    await loader.read('pen');
    clock.elapse(1100);
    store.fail(new Error('store is down'));
    expect((await loader.read('pen')).status).toBe('stale');
    await store.idle();
    expect(events).toContainEqual(['load', 'items', true, 'failed']);
    store.fail(undefined);
    expect((await loader.read('pen')).status).toBe('stale');
    await store.idle();
    expect((await loader.read('pen')).status).toBe('hit');
  });

  it.each([
    ['', NO_LEASE],
    [', also one behind a near cache,', 'of the near cache|'],
  ])('asks a cache%s that was too slow at first once more when the store fails', async (_which, lease) => {
    const kept = createMemoryCache({ name: 'items' });
    let isSlow = false;
    const cache = override(kept, {
      read: async (key) => {
        const answer = isSlow ? ({ kind: 'miss', lease } as const) : await kept.read(key);
        isSlow = false;
        return answer;
      },
    });
    const { loader, store } = aLoader({ ...STALE, cache });
    await loader.read('pen');
    store.fail(new Error('store is down'));
    isSlow = true;
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'hit' });
    isSlow = true;
    await expect(loader.read('pencil')).rejects.toThrow('store is down');
  });

  it('keeps nothing that was loaded anew while the key changed', async () => {
    const { loader, store, clock, cache } = aLoader(STALE);
    await loader.read('pen');
    clock.elapse(1100);
    const gate = store.holdLoads();
    await loader.read('pen');
    await cache.invalidate(['pen']);
    gate.open();
    await store.idle();
    expect((await loader.read('pen')).status).toBe('miss');
  });

  it('waits for the store after that, and stands in when it fails', async () => {
    const { loader, store, clock } = aLoader(STALE);
    await loader.read('pen');
    clock.elapse(1300);
    store.fail(new Error('store is down'));
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'stale', ttlMs: -300 });
    store.fail(undefined);
    store.put('pen', { name: 'Better pen' });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Better pen' }, status: 'miss', stored: true });
  });

  it.each([
    [{ staleWhileRevalidateMs: 200 }, 1200],
    [{ staleWhileRevalidateMs: 500, staleIfErrorMs: 200 }, 1500],
    [{ staleIfErrorMs: 200 }, 1200],
    [{}, 1000],
  ])('has nothing to stand in after the longest of its times: %j', async (options, afterMs) => {
    const { loader, store, clock } = aLoader(options);
    await loader.read('pen');
    clock.elapse(afterMs - 1);
    store.fail(new Error('store is down'));
    expect((await loader.read('pen')).value).toEqual({ name: 'Pen' });
    await store.idle();
    clock.elapse(1);
    await expect(loader.read('pen')).rejects.toThrow('store is down');
  });

  it('passes the error on when that time is over, too', async () => {
    const { loader, store, clock } = aLoader(STALE);
    await loader.read('pen');
    clock.elapse(1500);
    store.fail(new Error('store is down'));
    await expect(loader.read('pen')).rejects.toThrow('store is down');
  });

  it('passes on errors that do not say that the store is away', async () => {
    const isStoreAway = (error: unknown): boolean => (error as Error).message === 'store is down';
    const { loader, store, clock } = aLoader({ ...STALE, isStoreAway });
    await loader.read('pen');
    clock.elapse(1300);
    store.fail(new Error('no such shelf'));
    await expect(loader.read('pen')).rejects.toThrow('no such shelf');
    store.fail(new Error('store is down'));
    expect((await loader.read('pen')).status).toBe('stale');
  });

  it('answers no stale "there is none"', async () => {
    const { loader, clock } = aLoader(STALE);
    await loader.read('ink');
    clock.elapse(999);
    expect(await loader.read('ink')).toMatchObject({ status: 'hit', ttlMs: 1 });
    clock.elapse(1);
    expect((await loader.read('ink')).status).toBe('miss');
  });

  it('does not load what it could not keep', async () => {
    const { cache, clock } = aLoader();
    const leaseless = override(cache, { read: async (key) => ({ ...(await cache.read(key)), lease: NO_LEASE }) });
    const { loader, store } = aLoader({ ...STALE, cache: leaseless });
    await cache.write([{ key: 'pen', version: 1, ...loader.toEntry({ name: 'Pen' }) }]);
    clock.elapse(1100);
    expect((await loader.read('pen')).status).toBe('stale');
    expect(store.loads).toHaveLength(0);
  });
});

describe('A lazy loader that remembers what was read last, when its cache and its store are away at once,', () => {
  function aRememberingLoader(options: Partial<LazyLoaderOptions<Item>> = {}) {
    const clock = aClock();
    const kept = createMemoryCache({ name: 'items', now: clock.now });
    let isCacheAway = false;
    const cache = override(kept, { read: (key) => (isCacheAway ? rejects() : kept.read(key)) });
    const lastKnown = createMemoryCache({ name: 'last-known', maxEntries: 2, now: clock.now });
    const { loader, store } = aLoader({ cache, lastKnown, staleIfErrorMs: 500, ...options });
    const setCacheAway = (isAway: boolean): void => void (isCacheAway = isAway);
    const setBothAway = (): void => {
      setCacheAway(true);
      store.fail(new Error('store is down'));
    };
    return { loader, store, kept, clock, setCacheAway, setBothAway };
  }

  it('answers that, says that it is stale, and fails when its time is over', async () => {
    const { loader, clock, setBothAway } = aRememberingLoader();
    await loader.read('pen');
    setBothAway();
    clock.elapse(900);
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'hit', ttlMs: 100 });
    clock.elapse(500);
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'stale', ttlMs: -400 });
    clock.elapse(100);
    await expect(loader.read('pen')).rejects.toThrow('store is down');
  });

  it('answers what another process had loaded, and what was loaded past the cache', async () => {
    const { loader, kept, clock, setCacheAway, setBothAway } = aRememberingLoader();
    await kept.write([{ key: 'ink', version: 1, ...loader.toEntry({ name: 'Ink' }) }]);
    expect((await loader.read('ink')).status).toBe('hit');
    setCacheAway(true);
    expect((await loader.read('pen')).status).toBe('bypass');
    setBothAway();
    clock.elapse(1100);
    expect(await loader.read('ink')).toMatchObject({ value: { name: 'Ink' }, status: 'stale', ttlMs: -100 });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'stale', ttlMs: -100 });
  });

  it('answers it to those who share the load that failed', async () => {
    const { loader, store, setBothAway } = aRememberingLoader();
    await loader.read('pen');
    setBothAway();
    const readings = await Promise.all([loader.read('pen'), loader.read('pen')]);
    expect(readings.map(({ value }) => value)).toEqual([{ name: 'Pen' }, { name: 'Pen' }]);
    expect(store.loads).toHaveLength(2);
  });

  it('answers what the cache has when only that was late, as it may be newer', async () => {
    const { loader, store, kept, setCacheAway } = aRememberingLoader();
    await loader.read('pen');
    await kept.write([{ key: 'pen', version: 1, ...loader.toEntry({ name: 'Better pen' }) }]);
    const gate = store.holdLoads();
    store.fail(new Error('store is down'));
    setCacheAway(true);
    const reading = loader.read('pen');
    await gate.reached(1);
    setCacheAway(false);
    gate.open();
    expect(await reading).toMatchObject({ value: { name: 'Better pen' } });
  });

  it('answers it when the cache is back, and empty', async () => {
    const { loader, store, kept } = aRememberingLoader();
    await loader.read('pen');
    await kept.clear();
    store.fail(new Error('store is down'));
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' } });
  });

  it('asks the store each time, and answers what that has as soon as it is back', async () => {
    const { loader, store, setBothAway } = aRememberingLoader();
    await loader.read('pen');
    setBothAway();
    await loader.read('pen');
    store.fail(undefined);
    store.put('pen', { name: 'Better pen' });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Better pen' }, status: 'bypass' });
    setBothAway();
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Better pen' } });
  });

  it('does not answer what the store had no more, only for a moment that there is none', async () => {
    const { loader, store, clock, setBothAway } = aRememberingLoader();
    await loader.read('pen');
    clock.elapse(1000);
    store.remove('pen');
    expect((await loader.read('pen')).value).toBeUndefined();
    setBothAway();
    expect((await loader.read('pen')).value).toBeUndefined();
    clock.elapse(1000);
    await expect(loader.read('pen')).rejects.toThrow('store is down');
  });

  it('remembers no more than its memory holds', async () => {
    const { loader, store, setBothAway } = aRememberingLoader();
    for (const name of ['ink', 'pad', 'cap']) {
      store.put(name, { name });
      await loader.read(name);
    }
    setBothAway();
    await expect(loader.read('ink')).rejects.toThrow('store is down');
    expect((await loader.read('cap')).value).toEqual({ name: 'cap' });
  });
});

describe('A lazy loader that claims its loads', () => {
  it('waits for what another process keeps, and says that it did not load itself', async () => {
    const memory = createMemoryCache({ name: 'items' });
    const claimed = override(memory, { claim: async () => false });
    const { loader, store } = aLoader({ cache: claimed, claimMs: 60_000 });
    const reading = loader.read('pen');
    const { lease } = await memory.read('pen');
    await memory.fill('pen', loader.toEntry({ name: 'Of another' }), lease);
    expect(await reading).toMatchObject({ value: { name: 'Of another' }, status: 'miss', collapsed: true });
    expect(store.loads).toEqual([]);
  });

  it('loads itself when nothing was kept in that time, or nothing can be any more', async () => {
    const memory = createMemoryCache({ name: 'items' });
    const claimed = override(memory, { claim: async () => false });
    const impatient = aLoader({ cache: claimed, claimMs: 30 });
    expect(await impatient.loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, stored: true });
    await memory.invalidate(['pen']);
    const overtaken = aLoader({ cache: claimed, claimMs: 60_000 });
    const reading = overtaken.loader.read('pen');
    await memory.read('pen');
    await memory.invalidate(['pen']);
    expect(await reading).toMatchObject({ value: { name: 'Pen' }, stored: false });
  });

  it('loads itself when the cache cannot say who loads', async () => {
    const cache = override(createMemoryCache({ name: 'items' }), { claim: rejects });
    const { loader, events } = aLoader({ cache, claimMs: 60_000 });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, stored: true });
    expect(events).toContainEqual(['error', 'items', 'claim', expect.anything()]);
  });
});

describe('A lazy loader with a dead cache', () => {
  it('loads from the store, once for all who ask at the same time', async () => {
    const { loader, store, events } = aLoader({ cache: failingCache('items', rejects) });
    const readings = await Promise.all([loader.read('pen'), loader.read('pen')]);
    expect(readings[0]).toEqual({
      value: { name: 'Pen' },
      status: 'bypass',
      ttlMs: 0,
      stored: false,
      collapsed: false,
    });
    expect(readings[1]).toMatchObject({ status: 'bypass', collapsed: true });
    expect(store.loads).toEqual(['pen']);
    expect(events).toContainEqual([
      'error',
      'items',
      'read',
      expect.objectContaining({ message: 'connection refused' }),
    ]);
    expect(events).toContainEqual(['read', 'items', 'bypass']);
  });

  it('answers what it loaded when only keeping it fails', async () => {
    const healthy = createMemoryCache({ name: 'items' });
    const cache = failingCache('items', rejects, { read: (key) => healthy.read(key) });
    const { loader, events } = aLoader({ cache });
    expect(await loader.read('pen')).toMatchObject({ value: { name: 'Pen' }, status: 'miss', stored: false, ttlMs: 0 });
    expect(events).toContainEqual(['error', 'items', 'fill', expect.any(Error)]);
  });
});
