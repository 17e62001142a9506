import { baseConfigSchema } from '@looseleaf/service-kit';
import { z } from 'zod';

const positive = z.coerce.number().int().min(1);
const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** What the mail catcher reads from its environment. */
export const mailCatcherConfigSchema = baseConfigSchema
  .extend({
    /**
     * Names, separated by commas, by which others than its own machine may call it. Whoever reaches it can send mail to it
     * and read what others were sent: only for a network that lets nobody else in.
     */
    NETWORK_NAMES: z
      .string()
      .default('')
      .transform((text) => text.split(',').filter(Boolean)),
    /** Mail is handed over here; `PORT` is where it is read. */
    SMTP_PORT: z.coerce.number().int().min(0).max(65_535),
    /** Where the mail is kept. */
    MAIL_DIRECTORY: z.string().min(1),
    /** The largest mail that is taken. */
    MAX_MAIL_BYTES: positive.default(2 * 1024 * 1024),
    /** How many mails are kept; the oldest go. */
    MAX_MAILS: positive.default(10_000),
    /** How many bytes are kept; the oldest go. */
    MAX_KEPT_BYTES: positive.default(256 * 1024 * 1024),
  })
  .refine(({ HOST, NETWORK_NAMES }) => LOOPBACK.includes(HOST) || NETWORK_NAMES.length > 0, {
    path: ['HOST'],
    message: 'must be 127.0.0.1, ::1 or localhost, unless NETWORK_NAMES says by which names others may call it',
  })
  .refine(({ MAX_MAIL_BYTES, MAX_KEPT_BYTES }) => MAX_MAIL_BYTES <= MAX_KEPT_BYTES, {
    path: ['MAX_KEPT_BYTES'],
    message: 'must hold the largest mail',
  });
export type MailCatcherConfig = z.infer<typeof mailCatcherConfigSchema>;
