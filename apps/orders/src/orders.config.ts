import {
  brokerConfigSchema,
  cacheConfigSchema,
  ownerCacheStrategy,
  refusesUnsharedWriteThrough,
  replicaCount,
  replicatedDatabaseConfigSchema,
} from '@looseleaf/backing-services';
import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';

/** What the order service reads from its environment. */
export const ordersConfigSchema = baseConfigSchema
  .extend({
    /** Of orders that are read by their id. */
    ORDER_CACHE: ownerCacheStrategy,
    REPLICAS: replicaCount,
    /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
    INTERNAL_KEY: z.string().min(16),
  })
  .and(replicatedDatabaseConfigSchema)
  .and(brokerConfigSchema)
  .and(cacheConfigSchema)
  .refine(...refusesUnsharedWriteThrough('ORDER_CACHE'));

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
