import { z } from 'zod';

/** The answer to a file that was put to its address. */
export const receivedUploadView = z.object({ bytes: z.int().min(0), receivedAt: z.iso.datetime() });
export type ReceivedUploadView = z.infer<typeof receivedUploadView>;
