import { createMemoryCache, LazyLoader, withCircuit, WriteThrough, type Cache } from '@looseleaf/cache';
import { register } from 'prom-client';
import { cacheMetrics } from './cache-metrics.js';

/** The samples of one cache, without those of histogram buckets. */
async function samplesOf(cache: string): Promise<string[]> {
  const lines = (await register.metrics()).split('\n');
  return lines.filter((line) => line.includes(`cache="${cache}"`) && !line.includes('_seconds_'));
}

/** A cache that was closed rejects every call. */
async function aDeadCache(name: string): Promise<Cache> {
  const cache = createMemoryCache({ name });
  await cache.close();
  return cache;
}

describe('Cache metrics', () => {
  const observer = cacheMetrics();

  it('count reads by how they were served, and loads by what they found', async () => {
    let nowMs = 0;
    const cache = createMemoryCache({ name: 'figures', now: () => nowMs });
    const load = async (key: string): Promise<string | undefined> => {
      if (key === 'bad') throw new Error('store is down');
      return key === 'pen' ? 'Pen' : undefined;
    };
    const loader = new LazyLoader({ cache, load, ttlMs: 1000, staleWhileRevalidateMs: 1000, observer });
    await Promise.all([loader.read('pen'), loader.read('pen'), loader.read('ink')]);
    await Promise.all([loader.read('pen'), loader.read('ink')]);
    await expect(loader.read('bad')).rejects.toThrow('store is down');
    nowMs = 1000;
    await loader.read('pen');
    expect(await samplesOf('figures')).toEqual([
      'looseleaf_cache_reads_total{cache="figures",result="miss"} 3',
      'looseleaf_cache_reads_total{cache="figures",result="hit"} 1',
      'looseleaf_cache_reads_total{cache="figures",result="negative"} 1',
      'looseleaf_cache_reads_total{cache="figures",result="stale"} 1',
      'looseleaf_cache_collapsed_total{cache="figures"} 1',
      expect.stringMatching(/^looseleaf_cache_loads_total{cache="figures",outcome="loaded"} [12]$/),
      'looseleaf_cache_loads_total{cache="figures",outcome="absent"} 1',
      'looseleaf_cache_loads_total{cache="figures",outcome="failed"} 1',
    ]);
  });

  it('observe how long loads take, in seconds', async () => {
    const cache = createMemoryCache({ name: 'durations' });
    await new LazyLoader({ cache, load: async () => 1, ttlMs: 1000, observer }).read('a');
    const text = await register.metrics();
    expect(text).toContain('looseleaf_cache_load_seconds_count{cache="durations"} 1');
    expect(text).toContain('looseleaf_cache_load_seconds_bucket{le="0.005",cache="durations"}');
  });

  it('count what a cache rejects, by operation', async () => {
    const stock = new WriteThrough({ cache: await aDeadCache('dead'), load: async () => 1, ttlMs: 1000, observer });
    await stock.read('pen');
    await stock.write(['pen'], async () => ({ result: 1, entries: [{ key: 'pen', value: 1, version: 1 }] }));
    expect(await samplesOf('dead')).toEqual([
      'looseleaf_cache_reads_total{cache="dead",result="bypass"} 1',
      'looseleaf_cache_loads_total{cache="dead",outcome="loaded"} 1',
      'looseleaf_cache_errors_total{cache="dead",operation="read"} 1',
      'looseleaf_cache_errors_total{cache="dead",operation="announce"} 1',
      'looseleaf_cache_errors_total{cache="dead",operation="write"} 1',
    ]);
  });

  it('show the state of circuits, and count what they skip', async () => {
    const cache = withCircuit(await aDeadCache('circuit'), {
      budgetMs: 1000,
      failuresToOpen: 2,
      ...(observer.onCircuit && { onEvent: observer.onCircuit }),
    });
    for (let read = 0; read < 5; read += 1) await cache.read('pen');
    await cache.invalidate(['pen']);
    expect(await samplesOf('circuit')).toEqual([
      'looseleaf_cache_errors_total{cache="circuit",operation="read"} 2',
      'looseleaf_cache_skipped_total{cache="circuit",operation="read"} 3',
      'looseleaf_cache_skipped_total{cache="circuit",operation="invalidate"} 1',
      'looseleaf_cache_circuit_state{cache="circuit"} 2',
    ]);
  });
});
