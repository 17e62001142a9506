import { createMemoryCache, createNearCache, withCircuit } from '@looseleaf/cache';

const WARM_UP_READS = 50_000;
const VALUE = 'x'.repeat(500);

/**
 * What a hit of a near cache costs through the port, in microseconds: the mean over so many reads, one after the other, with
 * the awaiting that every caller has.
 */
export async function nearHitMicroseconds(reads: number): Promise<number> {
  const behind = withCircuit(createMemoryCache({ name: 'shared' }), { budgetMs: 100 });
  const cache = createNearCache({ near: createMemoryCache({ name: 'near' }), ttlMs: 3_600_000, behind });
  const keys = Array.from({ length: 1000 }, (_, index) => `item-${index}`);
  await cache.write(keys.map((key) => ({ key, value: VALUE, version: 1, ttlMs: 3_600_000 })));
  const readAll = async (count: number): Promise<void> => {
    for (let read = 0; read < count; read += 1) {
      const answer = await cache.read(keys[read % keys.length]!);
      if (answer.kind === 'miss') throw new Error('expected a hit');
    }
  };
  await readAll(WARM_UP_READS);
  const startedAt = performance.now();
  await readAll(reads);
  await cache.close();
  return ((performance.now() - startedAt) * 1000) / reads;
}
