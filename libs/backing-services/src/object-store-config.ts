import { z } from 'zod';

/** The same folder for all processes. */
const files = z.object({ OBJECT_STORE: z.literal('files'), OBJECT_STORE_DIRECTORY: z.string().min(1) });

const s3 = z.object({
  OBJECT_STORE: z.literal('s3'),
  /** Without a path: where buckets stand in addresses, `S3_PATH_STYLE` says. */
  S3_ENDPOINT: z.url({ protocol: /^https?$/ }),
  /** Whether the bucket stands in the path, as most servers other than AWS want it, or before the name of the host. */
  S3_PATH_STYLE: z.stringbool().default(true),
  S3_REGION: z.string().min(1),
  S3_BUCKET: z.string().min(3),
  S3_ACCESS_KEY_ID: z.string().min(1),
  S3_SECRET_ACCESS_KEY: z.string().min(1),
});

/** Settings of a service that reads or writes objects. */
export const objectStoreConfigSchema = z.discriminatedUnion('OBJECT_STORE', [files, s3]);
export type ObjectStoreConfig = z.infer<typeof objectStoreConfigSchema>;

/** Settings of a service that lets others upload objects, too. */
export const uploadsConfigSchema = z.discriminatedUnion('OBJECT_STORE', [
  files.extend({
    /** Signs the addresses to which files are uploaded; the same for all replicas. */
    UPLOAD_SECRET: z.string().min(32),
  }),
  s3.extend({
    /** The endpoint as those know it who upload, where it is another one than the services'. */
    S3_PUBLIC_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  }),
]);
export type UploadsConfig = z.infer<typeof uploadsConfigSchema>;
