import { z } from 'zod';
import { storableText } from './text.schema.js';

const MAX_PAGE = 500;

/** `limit` of a list. */
export const limit = z.coerce.number().int().min(1).max(MAX_PAGE);

/** `after` of a list: the `next` of the page before. */
export const cursor = storableText(1_024);

/** A page of a list. */
export function pageOf<Item extends z.ZodType>(
  item: Item,
): z.ZodObject<{ items: z.ZodArray<Item>; next: z.ZodOptional<z.ZodString> }> {
  return z.object({ items: z.array(item), next: z.string().optional() });
}
