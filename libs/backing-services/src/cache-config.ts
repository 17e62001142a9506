import { parseRedisUrl } from '@looseleaf/cache-redis/url';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { certificateFile } from './pem-file.js';

/** Shared by all processes of a service. */
const redis = z
  .object({
    CACHE: z.literal('redis'),
    /** Of a server, of sentinels or of a cluster: see `parseRedisUrl`. */
    REDIS_URL: z.string().superRefine((url, context) => {
      try {
        parseRedisUrl(url);
      } catch (error) {
        context.addIssue((error as TypeError).message);
      }
    }),
    /** Of those who signed the servers' certificates, where the system does not know them. Read once, at boot. */
    REDIS_CA_FILE: certificateFile.optional(),
  })
  .refine(({ REDIS_URL, REDIS_CA_FILE }) => REDIS_CA_FILE === undefined || parseRedisUrl(REDIS_URL).tls, {
    path: ['REDIS_CA_FILE'],
    message: 'REDIS_URL does not use it: only rediss… is with TLS',
  });

/** Settings of a service that caches: `baseConfigSchema.extend({ … }).and(cacheConfigSchema)`. */
export const cacheConfigSchema = z.discriminatedUnion('CACHE', [
  /** In the memory of each process. */
  z.object({ CACHE: z.literal('memory') }),
  redis,
]);
export type CacheConfig = z.infer<typeof cacheConfigSchema>;

/** What the adapters of Redis take of settings that the schema has accepted. @throws Error when the file is gone since */
export function redisOptions({ REDIS_URL, REDIS_CA_FILE }: z.infer<typeof redis>): {
  readonly url: string;
  readonly authorities?: string;
} {
  return {
    url: REDIS_URL,
    ...(REDIS_CA_FILE !== undefined && { authorities: readFileSync(REDIS_CA_FILE, 'utf8') }),
  };
}

/** How many processes of a service run at the same time. */
export const replicaCount = z.coerce.number().int().min(1);

/** How a service caches what only it changes. */
export const ownerCacheStrategy = z.enum(['none', 'lazy', 'write-through']);
export type OwnerCacheStrategy = z.infer<typeof ownerCacheStrategy>;

/**
 * A refinement, `schema.refine(...refusesUnsharedWriteThrough('ORDER_CACHE'))`. Write-through promises that no read is
 * staler than the last committed write, and the memory of one process does not hear of what another one commits. So several
 * processes must not have it, unless their cache is a shared one; the fault names `variable`, beside all other faults.
 */
export function refusesUnsharedWriteThrough(
  variable: string,
): [(settings: Readonly<Record<string, unknown>>) => boolean, { path: string[]; message: string; when: () => true }] {
  const isHonoured = ({ CACHE, REPLICAS, [variable]: strategy }: Readonly<Record<string, unknown>>): boolean =>
    CACHE !== 'memory' || !(Number(REPLICAS) > 1) || strategy !== 'write-through';
  const message =
    'several processes (REPLICAS) do not share the cache of CACHE=memory, so reads would be stale. Choose none or lazy, CACHE=redis, or run one process';
  return [isHonoured, { path: [variable], message, when: () => true }];
}
