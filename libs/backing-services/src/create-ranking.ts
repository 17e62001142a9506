import { createMemoryRanking, type Ranking } from '@looseleaf/cache';
import { redisOptions, type CacheConfig } from './cache-config.js';

export interface ChosenRankingOptions {
  /** So that no two rankings of the shop share a key. */
  readonly name: string;
  /** How long after its beginning a period is kept. */
  readonly keepMs: number;
}

/** A ranking where caches were chosen to be: in the memory of this process, or on the server that all processes share. */
export async function createRanking(config: CacheConfig, { name, keepMs }: ChosenRankingOptions): Promise<Ranking> {
  switch (config.CACHE) {
    case 'memory':
      return createMemoryRanking({ name, keepMs });
    case 'redis': {
      const { createRedisRanking } = await import('@looseleaf/cache-redis');
      return createRedisRanking({ name, keepMs, ...redisOptions(config) });
    }
  }
}
