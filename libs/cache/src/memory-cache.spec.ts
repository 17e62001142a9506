import { KeyChanges } from './key-changes.js';
import { createMemoryCache } from './memory-cache.js';
import { aClock } from './testing/clock.js';

const aVersion = (key: string, value = 'x') => ({ key, value, version: 1, ttlMs: 60_000 });

describe('A memory cache', () => {
  it('keeps as many entries as it may, and drops those that were read longest ago', async () => {
    const cache = createMemoryCache({ name: 'small', maxEntries: 3 });
    await cache.write(['a', 'b', 'c'].map((key) => aVersion(key)));
    await cache.read('a');
    await cache.write([aVersion('d')]);
    const kinds = await Promise.all(['a', 'b', 'c', 'd'].map(async (key) => (await cache.read(key)).kind));
    expect(kinds).toEqual(['hit', 'miss', 'hit', 'hit']);
  });

  it('keeps as many bytes as it may', async () => {
    const cache = createMemoryCache({ name: 'small', maxBytes: 2 * (1 + 100) * 2 });
    await cache.write(['a', 'b', 'c'].map((key) => aVersion(key, 'x'.repeat(100))));
    const kinds = await Promise.all(['a', 'b', 'c'].map(async (key) => (await cache.read(key)).kind));
    expect(kinds).toEqual(['miss', 'hit', 'hit']);
  });

  it('says that it did not keep what is larger than all of it', async () => {
    const cache = createMemoryCache({ name: 'small', maxBytes: 100 });
    const { lease } = await cache.read('a');
    expect(await cache.fill('a', { value: 'x'.repeat(100), ttlMs: 1000 }, lease)).toBe(false);
    expect(await cache.fill('a', { value: 'x', ttlMs: 1000 }, lease)).toBe(true);
  });

  it('knows the version of what it keeps, however much else has changed since', async () => {
    const cache = createMemoryCache({ name: 'crowded', maxEntries: 1_000 });
    await cache.write([{ ...aVersion('a', 'new'), version: 2 }]);
    await cache.invalidate(Array.from({ length: 5_000 }, (_, index) => `crowd ${index}`));
    await cache.write([{ ...aVersion('a', 'old'), version: 1 }]);
    expect(await cache.read('a')).toMatchObject({ value: 'new' });
  });

  it('rejects every call once it is closed', async () => {
    const cache = createMemoryCache({ name: 'closed' });
    await cache.close();
    const calls = [
      cache.read('a'),
      cache.fill('a', { value: 'x', ttlMs: 1 }, '1'),
      cache.announce(['a'], 1),
      cache.write([]),
      cache.release([], '1'),
      cache.invalidate([]),
      cache.clear(),
      cache.ping(),
    ];
    for (const outcome of await Promise.allSettled<unknown>(calls)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'the cache "closed" is closed' } });
    }
  });
});

describe('What a cache remembers of changes', () => {
  it('is bounded, whatever changes', () => {
    const changes = new KeyChanges(100, () => 0);
    let largest = 0;
    for (let index = 0; index < 10_000; index += 1) {
      changes.invalidate(`key ${index}`);
      changes.write(`written ${index}`, 1, -Infinity);
      largest = Math.max(largest, changes.size);
    }
    expect(largest).toBeLessThanOrEqual(200);
  });

  it('holds every announcement until its time is over, and no longer', () => {
    const { now, elapse } = aClock();
    const changes = new KeyChanges(10, now);
    const keys = Array.from({ length: 1000 }, (_, index) => `key ${index}`);
    changes.announce(keys, 100);
    for (let index = 0; index < 5000; index += 1) changes.invalidate(`crowd ${index}`);
    for (const key of keys) expect(changes.mayFill(key, changes.lease(key))).toBe(false);
    elapse(100);
    for (let index = 0; index < 5000; index += 1) changes.invalidate(`crowd ${index}`);
    expect(changes.size).toBeLessThanOrEqual(20);
    for (const key of keys) expect(changes.mayFill(key, changes.lease(key))).toBe(true);
  });

  it('holds announcements of any age when it is cleared', () => {
    const changes = new KeyChanges(10, () => 0);
    for (let index = 0; index < 25; index += 1) {
      changes.announce([`key ${index}`], 100);
      changes.invalidate(`crowd ${index}`);
    }
    changes.clear();
    for (let index = 0; index < 25; index += 1) {
      expect(changes.mayFill(`key ${index}`, changes.lease(`key ${index}`))).toBe(false);
    }
    expect(changes.size).toBe(25);
  });

  it('ends a lease when it forgets whether its key changed', () => {
    const changes = new KeyChanges(10, () => 0);
    const lease = changes.lease('a');
    changes.invalidate('a');
    for (let index = 0; index < 30; index += 1) changes.invalidate(`crowd ${index}`);
    expect(changes.mayFill('a', lease)).toBe(false);
    expect(changes.mayFill('a', changes.lease('a'))).toBe(true);
  });

  it.each([
    ['', 0],
    [' while many writes are announced', 500],
  ])('ends few leases in a storm of changes to other keys%s', (_, announced) => {
    const changes = new KeyChanges(100, () => 0);
    changes.announce(
      Array.from({ length: announced }, (_, index) => `announced ${index}`),
      60_000,
    );
    let kept = 0;
    for (let index = 0; index < 10_000; index += 1) {
      const lease = changes.lease('a');
      changes.invalidate(`crowd ${index}`);
      if (changes.mayFill('a', lease)) kept += 1;
    }
    expect(kept).toBeGreaterThanOrEqual(9_890); // one of a hundred
  });
});
