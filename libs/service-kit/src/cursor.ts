import type { z } from 'zod';
import { ProblemError } from './problem.js';

/** The opaque form of the values by which a list is ordered, for `next` of a page. */
export function encodeCursor(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/**
 * The key that a cursor stands for; `undefined` without a cursor.
 * @throws ProblemError 400 `REQUEST.CURSOR_INVALID` when it is none of this list's
 */
export function decodeCursor<Key extends z.ZodType>(cursor: string | undefined, key: Key): z.infer<Key> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return key.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new ProblemError(400, 'REQUEST.CURSOR_INVALID', 'after must be the `next` of the page before.', { cause });
  }
}
