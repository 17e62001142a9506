import { baseConfigSchema, postgresUrl } from '@looseleaf/service-kit';
import { z } from 'zod';

const baseUrl = z.url({ protocol: /^http$/ });
const key = z.string().min(16);

/** Everything that the web tier reads from its environment. */
export const webConfigSchema = baseConfigSchema.extend({
  BROKER: z.literal('postgres'),
  BROKER_URL: postgresUrl,
  OBJECT_STORE: z.literal('files'),
  OBJECT_STORE_DIRECTORY: z.string().min(1),
  /** Base URLs of the owners' internal HTTP APIs. */
  ORDERS_URL: baseUrl,
  INVENTORY_URL: baseUrl,
  SESSIONS_URL: baseUrl,
  NOTIFIER_URL: baseUrl,
  /** What the internal HTTP APIs want as `Authorization: Bearer`. */
  INTERNAL_KEY: key,
  /** What operators send as `Authorization: Bearer`. */
  OPERATOR_KEY: key,
  /** Signs ids; the same for all replicas and for as long as ids are to be known. */
  ID_SECRET: z.string().min(32),
  /** Signs the addresses to which files are uploaded; the same for all replicas. */
  UPLOAD_SECRET: z.string().min(32),
});
export type WebConfig = z.infer<typeof webConfigSchema>;
