import { postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';

/** Settings of a service with a database of its own: any PostgreSQL from version 15 on. */
export const databaseConfigSchema = z.object({
  /** `postgres://…`; for TLS with `?sslmode=verify-full`, and `&sslrootcert=<file>` where the system does not know the authority. */
  DATABASE_URL: postgresUrl,
  /** Most connections of one process; the server must have room for those of all replicas. */
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(1_000).default(8),
  /** After which the server ends a statement. */
  DATABASE_STATEMENT_TIMEOUT_MS: z.coerce.number().int().min(100).max(600_000).default(4_000),
});

/** Of one that also has reads which may be seconds old. */
export const replicatedDatabaseConfigSchema = databaseConfigSchema.extend({
  /** A streaming replica of that database, for such reads. */
  DATABASE_REPLICA_URL: postgresUrl.optional(),
});

type DatabaseConfig = z.infer<typeof databaseConfigSchema> & Partial<z.infer<typeof replicatedDatabaseConfigSchema>>;

/** What `Database` takes of them. */
export interface DatabaseSettings {
  readonly url: string;
  readonly replicaUrl?: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
}

export function databaseSettings(config: DatabaseConfig): DatabaseSettings {
  const { DATABASE_REPLICA_URL: replicaUrl } = config;
  return {
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    ...(replicaUrl !== undefined && { replicaUrl }),
  };
}
