import {
  brokerConfigSchema,
  cacheConfigSchema,
  objectStoreConfigSchema,
  ownerCacheStrategy,
  refusesUnsharedWriteThrough,
  replicaCount,
  replicatedDatabaseConfigSchema,
} from '@looseleaf/backing-services';
import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';

/** What the inventory service reads from its environment. */
export const inventoryConfigSchema = baseConfigSchema
  .extend({
    /** Of the stock of single items. */
    STOCK_CACHE: ownerCacheStrategy,
    REPLICAS: replicaCount,
    /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
    INTERNAL_KEY: z.string().min(16),
  })
  .and(replicatedDatabaseConfigSchema)
  .and(brokerConfigSchema)
  .and(cacheConfigSchema)
  // The web tier's: it puts stock files there.
  .and(objectStoreConfigSchema)
  .refine(...refusesUnsharedWriteThrough('STOCK_CACHE'));

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
