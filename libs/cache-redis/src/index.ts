export { createRedisCache, type RedisCacheOptions } from './redis-cache.js';
export { parseRedisUrl, type RedisAddress, type RedisNode } from './redis-url.js';
