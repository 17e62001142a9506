import { encodeCursor } from '@looseleaf/service-kit';
import { z } from 'zod';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;

/** Text that PostgreSQL can hold. */
export const text = (maxLength: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not have control characters');

/** `after` and `limit` of a list. */
export const pageQuery = {
  after: z.string().max(1_024).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
};

/** Part of a list, as the internal HTTP API answers it. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** `after` for the page that follows; absent on the last one. */
  readonly next?: string;
}

/**
 * Makes a page of the rows that a query found with a limit of one more than the page holds.
 * @param keyOf the values by which the list is ordered; they are the cursor
 */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly string[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const next = rows.length > limit ? encodeCursor(keyOf(shown.at(-1)!)) : undefined;
  return { items: shown.map(toItem), ...(next && { next }) };
}
