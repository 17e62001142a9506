export { createRedisRanking, type RedisRankingOptions } from './ranking/redis-ranking.js';
export { createRedisCache } from './redis-cache.js';
export { parseRedisUrl, type RedisAddress, type RedisNode } from './redis-url.js';
export type { RedisCache, RedisCacheOptions } from './shared-cache.js';
