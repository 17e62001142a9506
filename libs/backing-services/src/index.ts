export { brokerConfigSchema, topicsConfigSchema, type BrokerConfig, type TopicsConfig } from './broker-config.js';
export {
  cacheConfigSchema,
  ownerCacheStrategy,
  refusesUnsharedWriteThrough,
  replicaCount,
  type CacheConfig,
  type OwnerCacheStrategy,
} from './cache-config.js';
export { createBroker, type BrokerOptions } from './create-broker.js';
export { createObjectStore, createUploads, provisionObjectStore, type ChosenUploads } from './create-object-store.js';
export { createRanking, type ChosenRankingOptions } from './create-ranking.js';
export {
  databaseConfigSchema,
  databaseSettings,
  replicatedDatabaseConfigSchema,
  type DatabaseSettings,
} from './database-config.js';
export {
  objectStoreConfigSchema,
  uploadsConfigSchema,
  type ObjectStoreConfig,
  type UploadsConfig,
} from './object-store-config.js';
export type { CircuitLogger } from './circuit-log.js';
export {
  createSharedCaches,
  type SharedCache,
  type SharedCacheOptions,
  type SharedCaches,
  type SharedCachesOptions,
} from './shared-caches.js';
