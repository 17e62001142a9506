import { eventually } from '@looseleaf/infra';
import { NO_LEASE, type Cache, type CacheAnswer } from './cache.js';
import { withCircuit, type CircuitOptions } from './circuit.js';
import { LazyLoader } from './lazy-loader.js';
import { createMemoryCache } from './memory-cache.js';
import type { CacheOperation, CircuitEvent } from './observer.js';
import { failingCache, rejects } from './testing/failing-cache.js';
import { aClock } from './testing/clock.js';
import { deferred } from './testing/deferred.js';
import { override } from './testing/override.js';

/** A cache whose next reads answer, fail or hang as they are told. */
function aCircuit(options: Partial<CircuitOptions> = {}) {
  const clock = aClock();
  const memory = createMemoryCache({ name: 'items', now: clock.now });
  const events: CircuitEvent[] = [];
  let mood: 'well' | 'failing' | 'hanging' = 'well';
  let calls = 0;
  const moody = override(memory, {
    read: async (key) => {
      calls += 1;
      if (mood === 'failing') throw new Error('cache is down');
      if (mood === 'hanging') await new Promise(() => undefined);
      return memory.read(key);
    },
  });
  const cache = withCircuit(moody, {
    budgetMs: 20,
    failuresToOpen: 3,
    openMs: 1000,
    now: clock.now,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    cache,
    clock,
    events,
    calls: () => calls,
    be: (next: typeof mood) => void (mood = next),
    states: () => events.flatMap((event) => (event.kind === 'state' ? [event.state] : [])),
    read: async (times = 1) => {
      for (let count = 0; count < times; count += 1) await cache.read('pen');
    },
  };
}

const MISS = { kind: 'miss', lease: NO_LEASE };

describe('A circuit', () => {
  it('makes a miss without a lease of a read that fails, and tells why', async () => {
    const { cache, be, events } = aCircuit();
    be('failing');
    expect(await cache.read('pen')).toEqual(MISS);
    expect(events).toEqual([
      {
        kind: 'failed',
        cache: 'items',
        operation: 'read',
        error: expect.objectContaining({ message: 'cache is down' }),
      },
    ]);
  });

  it('makes a miss of a read that takes longer than its budget', async () => {
    const { cache, be, events } = aCircuit();
    be('hanging');
    expect(await cache.read('pen')).toEqual(MISS);
    expect(events[0]).toMatchObject({ kind: 'failed', error: { message: 'the cache did not answer within 20 ms' } });
  });

  it('gives up on each of several slow calls, and on none of the quick ones between them', async () => {
    const { cache, be, events } = aCircuit({ failuresToOpen: 99 });
    be('hanging');
    const first = cache.read('pen');
    be('well');
    expect(await cache.read('pen')).toMatchObject({ kind: 'miss', lease: expect.stringMatching(/./) });
    be('hanging');
    const second = cache.read('pen');
    expect(await Promise.all([first, second])).toEqual([MISS, MISS]);
    const third = cache.read('pen'); // after the timer of the others has ended
    expect(await third).toEqual(MISS);
    expect(events).toHaveLength(3);
  });

  it.each<[CacheOperation, (cache: Cache) => Promise<unknown>, unknown]>([
    ['fill', (cache) => cache.fill('pen', { value: '1', ttlMs: 1 }, '1'), false],
    ['announce', (cache) => cache.announce(['pen'], 1), NO_LEASE],
    ['write', (cache) => cache.write([]), undefined],
    ['release', (cache) => cache.release([], '1'), undefined],
    ['invalidate', (cache) => cache.invalidate(['pen']), undefined],
  ])('makes nothing of a failing %s, and tells of it', async (operation, call, nothing) => {
    const events: CircuitEvent[] = [];
    const cache = withCircuit(failingCache('items', rejects), { budgetMs: 20, onEvent: (event) => events.push(event) });
    expect(await call(cache)).toBe(nothing);
    expect(events).toEqual([expect.objectContaining({ kind: 'failed', operation })]);
  });

  it('survives a cache that throws before it returns a promise', async () => {
    const cache = withCircuit(
      override(createMemoryCache({ name: 'items' }), {
        read: () => {
          throw new Error('not connected');
        },
      }),
      { budgetMs: 20 },
    );
    expect(await cache.read('pen')).toEqual(MISS);
  });

  it('opens after failures in a row, and then calls the cache no more', async () => {
    const { read, be, calls, states, events } = aCircuit();
    be('failing');
    await read(2);
    be('well');
    await read(); // not in a row any more
    be('failing');
    await read(2);
    expect(states()).toEqual([]);
    await read(4);
    expect(states()).toEqual(['open']);
    expect(calls()).toBe(6);
    expect(events.at(-1)).toEqual({ kind: 'skipped', cache: 'items', operation: 'read' });
  });

  it('lets one call try after a time, closes when it succeeds', async () => {
    const { read, be, calls, states, clock } = aCircuit();
    be('failing');
    await read(3);
    clock.elapse(999);
    await read();
    expect(calls()).toBe(3);
    clock.elapse(1);
    be('well');
    await read(2);
    expect(states()).toEqual(['open', 'half-open', 'closed']);
    expect(calls()).toBe(5);
  });

  it('opens again for as long when that call fails', async () => {
    const { read, be, calls, states, clock } = aCircuit();
    be('failing');
    await read(3);
    clock.elapse(1000);
    await read(2);
    expect(states()).toEqual(['open', 'half-open', 'open']);
    expect(calls()).toBe(4);
    clock.elapse(999);
    await read();
    expect(calls()).toBe(4);
    clock.elapse(1);
    await read();
    expect(calls()).toBe(5);
  });

  it('makes nobody wait for the call that tries', async () => {
    const { cache, read, be, calls, clock } = aCircuit();
    be('failing');
    await read(3);
    clock.elapse(1000);
    be('hanging');
    const trying = cache.read('pen');
    await read(5);
    expect(calls()).toBe(4);
    expect(await trying).toEqual(MISS);
  });

  it('is not closed by a call from before it opened', async () => {
    const answered = deferred();
    const states: string[] = [];
    const cache = withCircuit(failingCache('items', rejects, { fill: () => answered.promise.then(() => true) }), {
      budgetMs: 10_000,
      failuresToOpen: 3,
      onEvent: (event) => event.kind === 'state' && states.push(event.state),
    });
    const filling = cache.fill('pen', { value: '1', ttlMs: 1 }, '1');
    for (let read = 0; read < 3; read += 1) await cache.read('pen');
    answered.resolve();
    expect(await filling).toBe(true);
    expect(states).toEqual(['open']);
  });

  it('needs as many failures as before once it has closed', async () => {
    const { read, be, states, clock } = aCircuit();
    be('failing');
    await read(3);
    clock.elapse(1000);
    be('well');
    await read();
    be('failing');
    await read(2);
    expect(states().at(-1)).toBe('closed');
    await read();
    expect(states().at(-1)).toBe('open');
  });

  describe('with a write that the cache was not told of', () => {
    const OLD = { key: 'pen', value: 'old', version: 1, ttlMs: 60_000 };
    const OPEN_MS = 20;
    const LONG_MS = 60_000;

    /** A cache that keeps an old value and is away; all its other calls are those of one in memory. */
    async function anAwayCache(openMs = OPEN_MS) {
      const memory = createMemoryCache({ name: 'items' });
      await memory.write([OLD, { ...OLD, key: 'ink' }]);
      let isAway = true;
      const told: (readonly string[] | 'everything')[] = [];
      const here = <Answer>(call: () => Promise<Answer>): Promise<Answer> => (isAway ? rejects() : call());
      const cache = withCircuit(
        override(memory, {
          read: (key) => here(() => memory.read(key)),
          announce: (keys, holdMs) => here(() => memory.announce(keys, holdMs)),
          write: (entries, lease) => here(() => memory.write(entries, lease)),
          invalidate: (keys) => here(() => (told.push(keys), memory.invalidate(keys))),
          clear: () => here(() => (told.push('everything'), memory.clear())),
        }),
        { budgetMs: 1_000, failuresToOpen: 2, openMs },
      );
      return { cache, memory, told, comeBack: () => void (isAway = false) };
    }

    it.each<[string, (cache: Cache) => Promise<unknown>]>([
      ['an announcement', (cache) => cache.announce(['pen'], 5_000)],
      ['a write', (cache) => cache.write([{ ...OLD, version: 2 }])],
      ['an invalidation', (cache) => cache.invalidate(['pen'])],
    ])('(%s) never reads the old value again', async (_, change) => {
      const { cache, comeBack } = await anAwayCache(LONG_MS);
      await change(cache);
      comeBack();
      expect(await cache.read('pen')).toEqual(MISS);
      expect(await eventuallyAHit(cache, 'ink')).toMatchObject({ value: 'old' });
      expect(await cache.read('pen')).toMatchObject({ kind: 'miss', lease: expect.stringMatching(/./) });
    });

    it('tells it as soon as it is back, for the sake of other processes, though nobody calls', async () => {
      const { cache, memory, told, comeBack } = await anAwayCache();
      for (const key of ['pen', 'ink', 'pen']) await cache.announce([key], 5_000); // the last while it is open
      comeBack();
      await eventually(async () => expect(await memory.read('pen')).toMatchObject({ kind: 'miss' }));
      expect(told).toEqual([['pen', 'ink']]);
    });

    it('tells it of what was written while it was being told', async () => {
      const { cache, memory, told, comeBack } = await anAwayCache();
      await cache.announce(['pen'], 5_000);
      comeBack();
      const telling = cache.read('pen');
      expect(await cache.announce(['pen'], 5_000)).toBe(NO_LEASE);
      expect(await telling).toEqual(MISS);
      await eventually(() => expect(told).toEqual([['pen'], ['pen']]));
      expect(await memory.read('pen')).toMatchObject({ kind: 'miss' });
    });

    it('has it forget everything when the keys are too many to remember', async () => {
      const { cache, memory, told, comeBack } = await anAwayCache();
      for (let batch = 0; batch < 101; batch += 1) {
        await cache.invalidate(Array.from({ length: 100 }, (_, index) => `item-${batch}-${index}`));
      }
      await cache.invalidate(['pen']);
      comeBack();
      await eventually(() => expect(told).toEqual(['everything']));
      expect(await memory.read('pen')).toMatchObject({ kind: 'miss' });
    });

    const eventuallyAHit = (cache: Cache, key: string): Promise<CacheAnswer> =>
      eventually(async () => {
        const answer = await cache.read(key);
        expect(answer.kind).toBe('hit');
        return answer;
      });
  });

  it('lets clear, ping and close tell the truth', async () => {
    let closed = false;
    const broken: Cache = failingCache('items', rejects, { close: async () => void (closed = true) });
    const cache = withCircuit(broken, { budgetMs: 20 });
    await expect(cache.ping()).rejects.toThrow('connection refused');
    await expect(cache.clear()).rejects.toThrow('connection refused');
    await cache.close();
    expect(closed).toBe(true);
  });

  it('makes a lazy loader bypass a dead cache', async () => {
    const cache = withCircuit(failingCache('items', rejects), { budgetMs: 20 });
    const loader = new LazyLoader({ cache, load: async () => 'pen', ttlMs: 1000 });
    expect(await loader.read('pen')).toMatchObject({ value: 'pen', status: 'bypass', stored: false });
  });
});
