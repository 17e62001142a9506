import {
  cacheConfigSchema,
  databaseConfigSchema,
  ownerCacheStrategy,
  refusesUnsharedWriteThrough,
  replicaCount,
} from '@looseleaf/backing-services';
import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';

const DAY_MS = 24 * 60 * 60_000;
const positive = z.coerce.number().int().min(1);

/** What the session store reads from its environment. */
export const sessionsConfigSchema = baseConfigSchema
  .extend({
    /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
    INTERNAL_KEY: z.string().min(16),
    /** Several processes write through a cache that they share, or are lazy, or do without. */
    SESSION_CACHE: ownerCacheStrategy,
    REPLICAS: replicaCount,
    /** How long a session is cached. With `lazy`, an eventual read may be that old. */
    SESSION_CACHE_TTL_MS: positive.default(10_000),
    /** What cached sessions may take of the memory of this process. */
    SESSION_CACHE_MAX_BYTES: positive.default(64 * 1024 * 1024),
    /**
     * How long a checkout has the cart to itself: longer than the web tier's broker may take to accept an order (5 s), with
     * room for the call before it.
     */
    CHECKOUT_LEASE_MS: positive.default(10_000),
    /** How long a session lives after it was used last: a week by default. */
    SESSION_TTL_MS: z.coerce
      .number()
      .int()
      .min(1_000)
      .default(7 * DAY_MS),
  })
  .and(databaseConfigSchema)
  .and(cacheConfigSchema)
  .refine(...refusesUnsharedWriteThrough('SESSION_CACHE'));
export type SessionsConfig = z.infer<typeof sessionsConfigSchema>;

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
