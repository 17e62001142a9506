import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit';
import { z } from 'zod';

/** What the session store reads from its environment. */
export const sessionsConfigSchema = baseConfigSchema.extend({
  DATABASE_URL: postgresUrl,
  /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
  INTERNAL_KEY: z.string().min(16),
});

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
