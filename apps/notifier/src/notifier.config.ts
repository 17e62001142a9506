import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit';
import { z } from 'zod';

/** What the notifier reads from its environment. */
export const notifierConfigSchema = baseConfigSchema.extend({
  BROKER: z.literal('postgres'),
  BROKER_URL: postgresUrl,
  DATABASE_URL: postgresUrl,
  /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
  INTERNAL_KEY: z.string().min(16),
  /** Where mail is handed over: `smtp://host:port`, with user and password if the server wants them. */
  SMTP_URL: z.url({ protocol: /^smtps?$/ }),
  /** Encrypts the secrets of webhooks where they are stored. */
  WEBHOOK_KEY: z.string().min(32),
  /** Whether webhooks may go to this machine; for a shop that runs on one. */
  WEBHOOK_ALLOW_LOOPBACK: z.stringbool().default(false),
});

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
