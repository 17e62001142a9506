import { z } from 'zod';

/** An item of the catalogue as it is shown. */
export const itemView = z.looseObject({
  sku: z.string(),
  name: z.string(),
  unitPriceMinor: z.int().min(0).nullable().describe('`null`: not for sale'),
  stock: z.int().min(0).describe('What can still be sold, in all stores together'),
});
