import { NO_LEASE } from './cache.js';
import { withCircuit } from './circuit.js';
import { LazyLoader } from './lazy-loader.js';
import { createMemoryCache } from './memory-cache.js';
import { createNearCache, type NearCacheOptions } from './near-cache.js';
import { failingCache, rejects } from './testing/failing-cache.js';
import { aClock } from './testing/clock.js';
import { deferred } from './testing/deferred.js';
import { override } from './testing/override.js';
import { aStore } from './testing/store.js';

const LONG_MS = 60_000;

/** Two processes, each with a near cache, at one shared cache. */
function twoNodes(options: Partial<NearCacheOptions> = {}) {
  const clock = aClock();
  const { now } = clock;
  const shared = createMemoryCache({ name: 'items', now });
  let readsBehind = 0;
  const behind = override(shared, { read: (key) => ((readsBehind += 1), shared.read(key)) });
  const node = () =>
    createNearCache({ near: createMemoryCache({ name: 'near', now }), ttlMs: 1000, behind, now, ...options });
  return { here: node(), there: node(), shared, clock, readsBehind: () => readsBehind };
}

const aVersion = (version: number) => ({ key: 'pen', value: `v${version}`, version, ttlMs: LONG_MS });

describe('A near cache', () => {
  it('goes by the name of the cache behind it', () => {
    expect(twoNodes().here.name).toBe('items');
  });

  it('asks the cache behind once, then answers from its own memory', async () => {
    const { here, shared, readsBehind } = twoNodes();
    await shared.write([aVersion(1)]);
    for (let read = 0; read < 3; read += 1) expect(await here.read('pen')).toMatchObject({ kind: 'hit', value: 'v1' });
    expect(readsBehind()).toBe(1);
  });

  it('says the time to live of the cache behind', async () => {
    const { here, shared, clock } = twoNodes();
    await shared.write([aVersion(1)]);
    await here.read('pen');
    clock.elapse(400);
    expect(await here.read('pen')).toMatchObject({ kind: 'hit', ttlMs: LONG_MS - 400 });
  });

  it('sees what another process wrote after its own time to live at the latest', async () => {
    const { here, there, clock } = twoNodes();
    await there.write([aVersion(1)]);
    await here.read('pen');
    await there.write([aVersion(2)]);
    clock.elapse(999);
    expect(await here.read('pen')).toMatchObject({ value: 'v1' });
    clock.elapse(1);
    expect(await here.read('pen')).toMatchObject({ value: 'v2' });
  });

  it('never keeps an entry longer than the cache behind', async () => {
    const { here, shared, clock } = twoNodes();
    await shared.write([{ ...aVersion(1), ttlMs: 300 }]);
    await here.read('pen');
    clock.elapse(300);
    expect(await here.read('pen')).toMatchObject({ kind: 'miss' });
  });

  it('sees its own writes and invalidations at once', async () => {
    const { here, there } = twoNodes();
    await here.write([aVersion(1)]);
    await here.read('pen');
    await here.write([aVersion(2)]);
    expect(await here.read('pen')).toMatchObject({ value: 'v2' });
    await here.invalidate(['pen']);
    expect(await here.read('pen')).toMatchObject({ kind: 'miss' });
    expect(await there.read('pen')).toMatchObject({ kind: 'miss' });
  });

  it('keeps what it loaded near and behind', async () => {
    const { here, there, readsBehind } = twoNodes();
    const { lease } = await here.read('pen');
    expect(await here.fill('pen', { value: 'loaded', ttlMs: LONG_MS }, lease)).toBe(true);
    expect(await here.read('pen')).toMatchObject({ kind: 'hit', value: 'loaded' });
    expect(readsBehind()).toBe(1);
    expect(await there.read('pen')).toMatchObject({ kind: 'hit', value: 'loaded' });
  });

  it('keeps nothing near that the cache behind refused', async () => {
    const { here, shared } = twoNodes();
    const { lease } = await here.read('pen');
    await shared.invalidate(['pen']);
    expect(await here.fill('pen', { value: 'old', ttlMs: LONG_MS }, lease)).toBe(false);
    expect(await here.read('pen')).toMatchObject({ kind: 'miss' });
  });

  it('keeps nothing near that it fetched while the key changed', async () => {
    const { shared, clock } = twoNodes();
    const [fetched, arrival] = [deferred(), deferred()];
    const slow = override(shared, {
      read: async (key) => {
        const answer = await shared.read(key);
        fetched.resolve();
        await arrival.promise;
        return answer;
      },
    });
    const here = createNearCache({
      near: createMemoryCache({ name: 'near' }),
      ttlMs: 1000,
      behind: slow,
      now: clock.now,
    });
    await shared.write([aVersion(1)]);
    const reading = here.read('pen');
    await fetched.promise;
    await here.write([aVersion(2)]);
    arrival.resolve();
    expect(await reading).toMatchObject({ value: 'v1' });
    expect(await here.read('pen')).toMatchObject({ value: 'v2' });
  });

  it('forgets near even when the cache behind fails', async () => {
    const { shared, clock } = twoNodes();
    const behind = override(failingCache('items', rejects), { read: (key) => shared.read(key) });
    const near = createMemoryCache({ name: 'near', now: clock.now });
    const here = createNearCache({ near, ttlMs: 1000, behind, now: clock.now });
    for (const call of [
      () => here.write([aVersion(2)]),
      () => here.invalidate(['pen']),
      () => here.announce(['pen'], 1000),
      () => here.release(['pen'], ''),
      () => here.clear(),
    ]) {
      await shared.write([aVersion(1)]);
      await here.read('pen');
      expect(await near.read('pen')).toMatchObject({ kind: 'hit' });
      await expect(call()).rejects.toThrow('connection refused');
      expect(await near.read('pen')).toMatchObject({ kind: 'miss' });
    }
  });

  it('still spares the store, for its own time to live, while the cache behind does not answer', async () => {
    const clock = aClock();
    const near = createMemoryCache({ name: 'near', now: clock.now });
    const behind = withCircuit(failingCache('items', rejects), { budgetMs: 20 });
    const cache = createNearCache({ near, ttlMs: 1000, behind, now: clock.now });
    const loader = new LazyLoader({ cache, load: async () => 'pen', ttlMs: LONG_MS });
    expect(await loader.read('pen')).toMatchObject({ status: 'miss', stored: true });
    expect(await loader.read('pen')).toMatchObject({ status: 'hit' });
    clock.elapse(1000);
    expect(await loader.read('pen')).toMatchObject({ status: 'miss' });
  });

  it('replaces a stale value near and behind when it is loaded anew', async () => {
    const { here, there, clock } = twoNodes();
    const store = aStore({ pen: 'old' });
    const options = { load: store.load, ttlMs: 5000, jitter: 0, staleWhileRevalidateMs: 5000 };
    const loader = new LazyLoader({ cache: here, ...options });
    await loader.read('pen');
    clock.elapse(4500);
    await loader.read('pen'); // fetched from behind again, to be near when it turns stale
    clock.elapse(600);
    store.put('pen', 'new');
    expect(await loader.read('pen')).toMatchObject({ value: 'old', status: 'stale' });
    await store.idle();
    expect(await loader.read('pen')).toMatchObject({ value: 'new', status: 'hit' });
    expect(await new LazyLoader({ cache: there, ...options }).read('pen')).toMatchObject({
      value: 'new',
      status: 'hit',
    });
    expect(store.loads).toHaveLength(2);
  });

  it('gives no right to replace what it kept while the cache behind did not answer', async () => {
    const clock = aClock();
    const near = createMemoryCache({ name: 'near', now: clock.now });
    const behind = withCircuit(failingCache('items', rejects), { budgetMs: 20 });
    const cache = createNearCache({ near, ttlMs: 1000, behind, now: clock.now });
    const { lease } = await cache.read('pen');
    await cache.fill('pen', { value: '1', ttlMs: LONG_MS }, lease);
    expect(await cache.read('pen')).toMatchObject({ kind: 'hit', lease: NO_LEASE });
    await cache.invalidate(['pen']);
    expect(await cache.fill('pen', { value: '2', ttlMs: LONG_MS }, lease)).toBe(false);
  });
});

describe('A near cache that is told what others change', () => {
  function aTold() {
    let tell: (keys: readonly string[] | undefined) => void = () => undefined;
    let listening = false;
    const nodes = twoNodes({
      onInvalidated: (listener) => {
        [tell, listening] = [listener, true];
        return () => void (listening = false);
      },
    });
    // The listener of the node that was made last.
    return { ...nodes, tell: (keys: readonly string[] | undefined) => tell(keys), listening: () => listening };
  }

  it('sees at once what another process wrote', async () => {
    const { here, there, tell } = aTold();
    await here.write([aVersion(1)]);
    await there.read('pen');
    await here.write([aVersion(2)]);
    tell(['pen']);
    expect(await there.read('pen')).toMatchObject({ value: 'v2' });
  });

  it('forgets everything near when it may have missed something', async () => {
    const { here, there, tell } = aTold();
    await here.write([aVersion(1)]);
    await there.read('pen');
    await here.write([aVersion(2)]);
    tell(undefined);
    expect(await there.read('pen')).toMatchObject({ value: 'v2' });
  });

  it('says that a value was kept when only the cache behind has kept it', async () => {
    const { there, tell, readsBehind } = aTold();
    const { lease } = await there.read('pen');
    tell(['pen']);
    expect(await there.fill('pen', { value: 'loaded', ttlMs: LONG_MS }, lease)).toBe(true);
    expect(await there.read('pen')).toMatchObject({ kind: 'hit', value: 'loaded' });
    expect(readsBehind()).toBe(2);
  });

  it('listens until it is closed', async () => {
    const { there, listening } = aTold();
    expect(listening()).toBe(true);
    await there.close();
    expect(listening()).toBe(false);
  });
});
