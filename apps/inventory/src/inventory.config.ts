import {
  baseConfigSchema,
  cacheConfig,
  ownerCacheStrategy,
  postgresUrl,
  refusesUnsharedWriteThrough,
} from '@looseleaf/service-kit';
import { z } from 'zod';

/** What the inventory service reads from its environment. */
export const inventoryConfigSchema = baseConfigSchema
  .extend({
    BROKER: z.literal('postgres'),
    BROKER_URL: postgresUrl,
    DATABASE_URL: postgresUrl,
    OBJECT_STORE: z.literal('files'),
    /** Shared with the web tier, which puts stock files there. */
    OBJECT_STORE_DIRECTORY: z.string().min(1),
    ...cacheConfig,
    /** Of the stock of single items. */
    STOCK_CACHE: ownerCacheStrategy,
    /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
    INTERNAL_KEY: z.string().min(16),
  })
  .refine(...refusesUnsharedWriteThrough('STOCK_CACHE'));

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
