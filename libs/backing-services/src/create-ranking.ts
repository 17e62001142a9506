import { createMemoryRanking, type Ranking } from '@looseleaf/cache';
import { readFileSync } from 'node:fs';
import type { CacheConfig } from './cache-config.js';

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
      const { REDIS_URL: url, REDIS_CA_FILE: caFile } = config;
      const trust = caFile !== undefined && { authorities: readFileSync(caFile, 'utf8') };
      return createRedisRanking({ name, url, keepMs, ...trust });
    }
  }
}
