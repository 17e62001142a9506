import { brokerConfigSchema, databaseConfigSchema } from '@looseleaf/backing-services';
import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit/program';
import { z } from 'zod';

const durationMs = z.coerce.number().int().min(1);

/** What the notifier reads from its environment. */
export const notifierConfigSchema = baseConfigSchema
  .extend({
    /** The key that callers of the internal HTTP API send as `Authorization: Bearer`. */
    INTERNAL_KEY: z.string().min(16),
    /** Where mail is handed over: `smtp://host:port`, with user and password if the server wants them. */
    SMTP_URL: z.url({ protocol: /^smtps?$/ }),
    /** The address that mail comes from; its domain is also that of the Message-IDs. */
    MAIL_FROM: z.email().default('shop@looseleaf.example'),
    /** For a mail as a whole, the wait for a connection included. */
    SMTP_TIMEOUT_MS: durationMs.default(10_000),
    /** Encrypts the secrets of webhooks where they are stored. */
    WEBHOOK_KEY: z.string().min(32),
    /** Whether webhooks may go to this machine; for a shop that runs on one. */
    WEBHOOK_ALLOW_LOOPBACK: z.stringbool().default(false),
    /** For a call of a webhook as a whole: lookup, connection and answer. */
    WEBHOOK_TIMEOUT_MS: durationMs.default(5_000),
    /** Failed attempts after which a delivery is dead-lettered. With the delays below, 20 take about six to eight hours. */
    DELIVERY_MAX_ATTEMPTS: z.coerce.number().int().min(1).max(1_000).default(20),
    /** Delay after the first failed attempt; it doubles with each. */
    DELIVERY_RETRY_BASE_MS: durationMs.default(1_000),
    /** Longest delay, also of those that a subscriber asks for. */
    DELIVERY_RETRY_MAX_MS: durationMs.max(2_000_000_000).default(3_600_000),
    /** How long a dead letter is kept. */
    DEAD_LETTER_RETENTION_MS: durationMs.default(14 * 24 * 3_600_000),
  })
  .and(databaseConfigSchema)
  .and(brokerConfigSchema);
export type NotifierConfig = z.infer<typeof notifierConfigSchema>;

/** What `migrate` needs: the database, as a role that may create tables there. */
export const migrateConfigSchema = z.object({ DATABASE_URL: postgresUrl });
