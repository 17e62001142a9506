import { z } from 'zod';

const identity = { id: z.uuid(), bytes: z.int().min(0).optional(), receivedAt: z.iso.datetime().optional() };

/** The answer to a stock file that was received. */
export const receivedStockFileView = z.object({ ...identity, state: z.literal('received') });

/** How the import of a stock file goes. */
export const stockFileView = z.looseObject({
  ...identity,
  state: z
    .enum(['awaiting-upload', 'received', 'importing', 'imported', 'failed'])
    .describe('`awaiting-upload`: an address was asked for, and the file has not arrived there'),
  failure: z.string().optional().describe('Why the file as a whole could not be loaded'),
  rowsRead: z.int().min(0),
  rowsImported: z.int().min(0),
  rowsRejected: z.int().min(0),
  rejections: z.array(z.object({ line: z.int().min(1), reason: z.string() })).describe('The first 100'),
  finishedAt: z.iso.datetime().optional(),
});
export type StockFileView = z.infer<typeof stockFileView>;
