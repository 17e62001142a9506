import { createMemoryCache } from './memory-cache.js';
import { observed } from './observer.js';
import { failingCache, rejects } from './testing/failing-cache.js';

describe('An observed cache', () => {
  it('tells of hits and misses', async () => {
    const reads: unknown[] = [];
    const cache = observed(createMemoryCache({ name: 'items' }), { onRead: (...read) => reads.push(read) });
    await cache.read('a');
    await cache.write([{ key: 'a', value: '1', version: 1, ttlMs: 1000 }]);
    await cache.read('a');
    expect(reads).toEqual([
      ['items', 'miss'],
      ['items', 'hit'],
    ]);
  });

  it('tells of errors, and passes them on', async () => {
    const errors: unknown[] = [];
    const cache = observed(failingCache('items', rejects), {
      onError: (name, operation) => errors.push(`${name} ${operation}`),
    });
    const calls = [
      cache.read('a'),
      cache.fill('a', { value: '1', ttlMs: 1 }, '1'),
      cache.announce(['a'], 1),
      cache.write([]),
      cache.release(['a'], '1'),
      cache.invalidate(['a']),
      cache.clear(),
      cache.ping(),
    ];
    for (const call of calls) await expect(call).rejects.toThrow('connection refused');
    expect(errors).toEqual(
      ['read', 'fill', 'announce', 'write', 'release', 'invalidate'].map((call) => `items ${call}`),
    );
  });
});
