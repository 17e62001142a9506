import { createMemoryCache, createNearCache, withCircuit, type Cache } from '@looseleaf/cache';
import { createRedisCache } from '@looseleaf/cache-redis';
import { startRedis } from '@looseleaf/infra';
import { Redis } from 'ioredis';
import { median } from '../load.js';

export interface RedisHits {
  /** Of a plain GET, one after the other. */
  readonly plainMicroseconds: number;
  /** Of a hit through the circuit and the adapter. */
  readonly cacheMicroseconds: number;
  /** The same for each of 16 readers at the same time. */
  readonly plainBusyMicroseconds: number;
  readonly cacheBusyMicroseconds: number;
  /** Of a near cache in front, which hears of changes. */
  readonly nearMicroseconds: number;
}

type Read = () => Promise<unknown>;

const VALUE = 'x'.repeat(500);
const TTL_MS = 3_600_000;
/** Few enough to fit between two moments in which the machine does something else. */
const READS = 160;
const WARM_UP_ROUNDS = 50;
const BUSY_READERS = 16;

/**
 * What a hit costs on a Redis of its own on this machine, in microseconds: medians over rounds of the mean latency in a round.
 * Each round has all of them, so that what else the machine does meanwhile is the same for all.
 */
export async function measureRedisHits(rounds: number): Promise<RedisHits> {
  const server = await startRedis();
  const plain = new Redis(server.url);
  const redis = createRedisCache({ name: 'bench', url: server.url });
  const shared = withCircuit(redis, { budgetMs: 5_000 });
  const near = createNearCache({
    near: createMemoryCache({ name: 'near' }),
    ttlMs: TTL_MS,
    behind: shared,
    onInvalidated: redis.onInvalidated,
  });
  try {
    await redis.write([{ key: 'item', value: VALUE, version: 1, ttlMs: TTL_MS }]);
    await plain.set('bench:plain:{=item}', VALUE, 'PX', TTL_MS);
    const getPlain: Read = async () => {
      if ((await plain.get('bench:plain:{=item}')) === null) throw new Error('expected a value');
    };
    const results = await alternate(rounds, [
      () => latency(getPlain, 1),
      () => latency(hitOf(shared), 1),
      () => latency(getPlain, BUSY_READERS),
      () => latency(hitOf(shared), BUSY_READERS),
      () => latency(hitOf(near), 1),
    ]);
    const [plainMicroseconds, cacheMicroseconds, plainBusyMicroseconds, cacheBusyMicroseconds, nearMicroseconds] =
      results as [number, number, number, number, number];
    return { plainMicroseconds, cacheMicroseconds, plainBusyMicroseconds, cacheBusyMicroseconds, nearMicroseconds };
  } finally {
    plain.disconnect();
    await near.close();
    await server.stop();
  }
}

function hitOf(cache: Cache): Read {
  return async () => {
    const answer = await cache.read('item');
    if (answer.kind === 'miss') throw new Error('expected a hit');
  };
}

/** The median of each measurement. */
async function alternate(rounds: number, measurements: readonly (() => Promise<number>)[]): Promise<number[]> {
  const results = measurements.map((): number[] => []);
  const forwards = [...measurements.entries()];
  const backwards = forwards.toReversed();
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    // Backwards in turn, as what ran before has left its garbage.
    for (const [index, measure] of round % 2 === 0 ? forwards : backwards) {
      const result = await measure();
      if (round >= 0) results[index]!.push(result);
    }
  }
  return results.map(median);
}

/** The mean of what each read takes while so many readers read one after the other. */
async function latency(read: Read, readers: number): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: readers }, async () => {
      for (let count = 0; count < READS / readers; count += 1) await read();
    }),
  );
  return ((performance.now() - startedAt) * 1000) / (READS / readers);
}
