import { createMemoryCache, createNearCache, withCircuit } from '@looseleaf/cache';
import { median } from '../load.js';

const WARM_UP_READS = 50_000;
const VALUE = 'x'.repeat(500);

/** Short enough to fit between two moments in which the machine does something else. */
const READS_PER_BATCH = 2_000;

/**
 * What a hit of a near cache costs through the port, in microseconds, with the awaiting that every caller has: the median
 * over batches of the mean over their reads, one after the other.
 */
export async function nearHitMicroseconds(batches: number): Promise<number> {
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
  const means: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    const startedAt = performance.now();
    await readAll(READS_PER_BATCH);
    means.push(((performance.now() - startedAt) * 1000) / READS_PER_BATCH);
  }
  await cache.close();
  return median(means);
}
