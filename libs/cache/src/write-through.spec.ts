import fc from 'fast-check';
import type { Cache } from './cache.js';
import { withCircuit } from './circuit.js';
import { createMemoryCache } from './memory-cache.js';
import { createNearCache } from './near-cache.js';
import { failingCache, rejects } from './testing/failing-cache.js';
import { aClock } from './testing/clock.js';
import { deferred } from './testing/deferred.js';
import { override } from './testing/override.js';
import { WriteThrough, type Committed, type WriteThroughOptions } from './write-through.js';

interface Row {
  readonly count: number;
  readonly version: number;
}

function aStock(options: Partial<WriteThroughOptions<Row>> = {}) {
  const clock = aClock();
  const rows = new Map<string, Row>([['pen', { count: 5, version: 1 }]]);
  const loads: string[] = [];
  const errors: string[] = [];
  const cache = options.cache ?? createMemoryCache({ name: 'stock', now: clock.now });
  const stock = new WriteThrough<Row>({
    cache,
    load: async (key) => {
      loads.push(key);
      return rows.get(key);
    },
    ttlMs: 60_000,
    jitter: 0,
    holdMs: 1000,
    observer: { onError: (_, operation) => errors.push(operation) },
    ...options,
  });
  /** Sets counts as a transaction would. */
  const commit = (counts: Record<string, number>) => async (): Promise<Committed<Row, string>> => {
    const entries = Object.entries(counts).map(([key, count]) => {
      const value = { count, version: (rows.get(key)?.version ?? 0) + 1 };
      rows.set(key, value);
      return { key, value, version: value.version };
    });
    return { result: 'committed', entries };
  };
  const countOf = async (key: string): Promise<number | undefined> => (await stock.read(key)).value?.count;
  return { stock, cache, clock, rows, loads, errors, commit, countOf };
}

describe('A write through the cache', () => {
  it('answers what was committed, without a load', async () => {
    const { stock, loads, commit } = aStock();
    expect(await stock.write(['pen', 'ink'], commit({ pen: 4, ink: 9 }))).toBe('committed');
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, status: 'hit', ttlMs: 60_000 });
    expect(await stock.read('ink')).toMatchObject({ value: { count: 9 }, status: 'hit' });
    expect(loads).toEqual([]);
  });

  it('makes one call before the commit and one after it, however many keys there are', async () => {
    const calls: string[] = [];
    const memory = createMemoryCache({ name: 'stock' });
    const counted = override(memory, {
      announce: (keys, holdMs) => (calls.push(`announce ${keys.length}`), memory.announce(keys, holdMs)),
      write: (entries, lease) => (calls.push(`write ${entries.length}`), memory.write(entries, lease)),
      release: (keys, lease) => (calls.push(`release ${keys.length}`), memory.release(keys, lease)),
    });
    const { stock, commit } = aStock({ cache: counted });
    await stock.write(['pen', 'ink'], async () => {
      calls.push('commit');
      return commit({ pen: 1, ink: 2 })();
    });
    expect(calls).toEqual(['announce 2', 'commit', 'write 2']);
  });

  it('takes keys that only the commit itself finds out, and holds them if nobody knows how it ended', async () => {
    const { stock, clock, rows, loads, countOf, commit } = aStock();
    await countOf('pen');
    await stock.write([], async (announce) => {
      await announce(['pen', 'ink']);
      expect(await stock.read('pen')).toMatchObject({ value: { count: 5 }, stored: false });
      return commit({ pen: 4 })();
    });
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, status: 'hit' });
    expect(await stock.read('ink')).toMatchObject({ value: undefined, status: 'miss', stored: true });

    const lost = stock.write([], async (announce) => {
      await announce(['pen']);
      throw new Error('connection lost');
    });
    await expect(lost).rejects.toThrow('connection lost');
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, stored: false });
    rows.set('pen', { count: 3, version: 3 });
    expect(await countOf('pen')).toBe(3);
    clock.elapse(1000);
    expect(await stock.read('pen')).toMatchObject({ stored: true });
    expect(loads.filter((key) => key === 'pen')).toHaveLength(5);
  });

  it('replaces what was kept, also "there is none"', async () => {
    const { stock, countOf, commit } = aStock();
    expect([await countOf('pen'), await countOf('ink')]).toEqual([5, undefined]);
    await stock.write(['pen', 'ink'], commit({ pen: 4, ink: 9 }));
    expect([await countOf('pen'), await countOf('ink')]).toEqual([4, 9]);
  });

  it('lets keys without an entry be loaded and kept again at once', async () => {
    const { stock, rows, commit } = aStock();
    await stock.write(['pen', 'ink'], async () => {
      rows.delete('pen');
      return commit({ ink: 9 })();
    });
    expect(await stock.read('pen')).toMatchObject({ value: undefined, status: 'miss', stored: true });
  });

  it('forgets keys that were not announced, as a reader may have loaded their old value just before the commit', async () => {
    const { stock, countOf, commit } = aStock();
    expect([await countOf('pen'), await countOf('ink')]).toEqual([5, undefined]);
    await stock.write(['ink'], commit({ pen: 4, ink: 9 }));
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, status: 'miss' });
    expect(await stock.read('ink')).toMatchObject({ value: { count: 9 }, status: 'hit' });
  });

  it('leaves no old value behind when the process dies after the commit', async () => {
    const { stock, cache, clock, rows, countOf } = aStock();
    await stock.read('pen');
    // What `write` does until the process dies.
    await cache.announce(['pen'], 1000);
    const early = stock.read('pen');
    rows.set('pen', { count: 4, version: 2 });
    await early;
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, status: 'miss', stored: false });
    clock.elapse(1000);
    expect(await stock.read('pen')).toMatchObject({ value: { count: 4 }, status: 'miss', stored: true });
    expect(await countOf('pen')).toBe(4);
  });

  it.each([
    ['of which nothing is known', undefined, false],
    ['that says that it was rolled back', () => true, true],
    ['that does not say so', () => false, false],
  ])('forgets the keys when the commit fails with an error %s', async (_, isRolledBack, keptAgain) => {
    const { stock, clock } = aStock({ ...(isRolledBack && { isRolledBack }) });
    await stock.read('pen');
    const failure = new Error('commit failed');
    await expect(stock.write(['pen'], () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await stock.read('pen')).toMatchObject({ value: { count: 5 }, status: 'miss', stored: keptAgain });
    clock.elapse(1000);
    expect(await stock.read('pen')).toMatchObject({ value: { count: 5 }, ...(!keptAgain && { stored: true }) });
  });

  it.each([
    ['ended well', false],
    ['ended in doubt', true],
  ])('gives readers that come after it no load that began before it: it %s', async (_, inDoubt) => {
    const gate = deferred();
    const cache = failingCache('stock', rejects); // it has no leases that could tell the loads apart
    const { stock, rows, commit } = aStock({
      cache,
      load: async (key) => {
        const row = rows.get(key);
        if (row?.count === 5) await gate.promise;
        return row;
      },
    });
    const early = stock.read('pen');
    const writing = stock.write(['pen'], async () => {
      const committed = await commit({ pen: 4 })();
      if (inDoubt) throw new Error('connection lost');
      return committed;
    });
    await Promise.allSettled([writing]);
    expect((await stock.read('pen')).value?.count).toBe(4);
    gate.resolve();
    expect((await early).value?.count).toBe(5);
  });
});

describe('A write through a cache that fails', () => {
  it('stands, and is told of', async () => {
    const { stock, errors, countOf, commit } = aStock({ cache: failingCache('stock', rejects) });
    expect(await stock.write(['pen', 'ink'], commit({ pen: 4 }))).toBe('committed');
    expect(errors).toEqual(['announce', 'write', 'release']);
    expect(await countOf('pen')).toBe(4);
  });

  it('leaves no old value when it fails after the announcement', async () => {
    const memory = createMemoryCache({ name: 'stock' });
    const { stock, errors, countOf, commit } = aStock({
      cache: override(memory, { write: () => Promise.reject(new Error('cache is down')) }),
    });
    await stock.read('pen');
    await stock.write(['pen'], commit({ pen: 4 }));
    expect(errors).toEqual(['write']);
    expect(await countOf('pen')).toBe(4);
  });

  it('removes the old value when it is back in time for the write', async () => {
    const memory = createMemoryCache({ name: 'stock' });
    const { stock, countOf, commit } = aStock({
      cache: override(memory, { announce: () => Promise.reject(new Error('cache is down')) }),
    });
    await stock.read('pen');
    await stock.write(['pen'], commit({ pen: 4 }));
    expect(await countOf('pen')).toBe(4);
  });

  it('leaves an old value for its time to live at most when it was away all the time', async () => {
    const clock = aClock();
    const memory = createMemoryCache({ name: 'stock', now: clock.now });
    let away = false;
    const gone = <Answer>(call: () => Promise<Answer>): Promise<Answer> =>
      away ? Promise.reject(new Error('cache is down')) : call();
    const cache = override(memory, {
      announce: (keys, holdMs) => gone(() => memory.announce(keys, holdMs)),
      write: (entries, lease) => gone(() => memory.write(entries, lease)),
    });
    const { stock, countOf, commit } = aStock({ cache, ttlMs: 500 });
    await stock.read('pen');
    away = true;
    await stock.write(['pen'], commit({ pen: 4 }));
    away = false;
    expect(await countOf('pen')).toBe(5); // the one window that remains
    clock.elapse(500);
    expect(await countOf('pen')).toBe(4);
  });
});

describe('Readers and writers of one key', () => {
  const caches: readonly [string, () => Cache][] = [
    ['a memory cache', () => createMemoryCache({ name: 'stock' })],
    ['a circuit', () => withCircuit(createMemoryCache({ name: 'stock' }), { budgetMs: 10_000 })],
    [
      'a near cache',
      () =>
        createNearCache({
          near: createMemoryCache({ name: 'near' }),
          ttlMs: 60_000,
          behind: createMemoryCache({ name: 'stock' }),
        }),
    ],
    ['a cache that is dead', () => failingCache('stock', rejects)],
  ];

  it.each(caches)(
    'see no value older than the last write, at any interleaving of %s and the store',
    async (_, create) => {
      await fc.assert(
        fc.asyncProperty(
          fc.scheduler(),
          fc.array(fc.constantFrom('read', 'write'), { minLength: 2, maxLength: 8 }),
          async (s, acts) => {
            const cache = scheduled(create(), s);
            let stored: Row = { count: 0, version: 0 };
            let settled = 0;
            const load = async (): Promise<Row> => {
              await s.schedule(Promise.resolve(), 'query');
              const row = stored;
              await s.schedule(Promise.resolve(), 'rows');
              return row;
            };
            const stock = new WriteThrough<Row>({ cache, load, ttlMs: 60_000, holdMs: 60_000 });
            const commit = async (): Promise<Committed<Row, number>> => {
              await s.schedule(Promise.resolve(), 'update');
              const version = stored.version + 1;
              stored = { count: version, version };
              await s.schedule(Promise.resolve(), 'committed');
              return {
                result: version,
                entries: [
                  { key: 'pen', value: stored.version === version ? stored : { count: version, version }, version },
                ],
              };
            };
            const act = async (what: string): Promise<void> => {
              await s.schedule(Promise.resolve(), 'begin');
              const before = settled;
              if (what === 'write') settled = Math.max(await stock.write(['pen'], commit), settled);
              else expect((await stock.read('pen')).value?.version).toBeGreaterThanOrEqual(before);
            };
            const done = Promise.all(acts.map(act));
            await s.waitFor(done);
            const last = stock.read('pen');
            await s.waitFor(last);
            expect((await last).value).toEqual(stored);
          },
        ),
        { numRuns: 150 },
      );
    },
  );
});

/** Lets fast-check choose when each call reaches the cache, and when its answer comes back. */
function scheduled(cache: Cache, scheduler: fc.Scheduler): Cache {
  const call = async <Answer>(name: string, run: () => Promise<Answer>): Promise<Answer> => {
    await scheduler.schedule(Promise.resolve(), name);
    const outcome = await run().then(
      (value) => ({ value }),
      (error: Error) => ({ error }),
    );
    await scheduler.schedule(Promise.resolve(), `${name} answered`);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
  return override(cache, {
    read: (key) => call('read', () => cache.read(key)),
    fill: (key, entry, lease) => call('fill', () => cache.fill(key, entry, lease)),
    announce: (keys, holdMs) => call('announce', () => cache.announce(keys, holdMs)),
    write: (entries, lease) => call('write', () => cache.write(entries, lease)),
    release: (keys, lease) => call('release', () => cache.release(keys, lease)),
  });
}
