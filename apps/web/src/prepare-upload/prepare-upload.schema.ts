import { z } from 'zod';

/** The body of `POST /v1/stock-files/uploads`; there may be none. */
export const prepareUploadRequest = z
  .object({
    bytes: z
      .int()
      .min(1)
      .optional()
      .describe('The exact size of the file: the address then takes no other. Without it, any size up to the maximum'),
  })
  .default({});
export type PrepareUploadRequest = z.infer<typeof prepareUploadRequest>;

/** The answer: where to PUT the file, and how. */
export const preparedUploadView = z.object({
  id: z.uuid().describe('Of the stock file: `GET /v1/stock-files/{id}` tells how it is'),
  method: z.literal('PUT'),
  url: z.url().describe('For one upload; who has it needs no key'),
  headers: z.record(z.string(), z.string()).describe('What the PUT must carry'),
  expiresAt: z.iso.datetime().describe('The upload must begin before'),
});
export type PreparedUploadView = z.infer<typeof preparedUploadView>;
