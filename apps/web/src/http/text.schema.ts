import { z } from 'zod';

/**
 * Text that every store can keep: no control characters (PostgreSQL refuses NUL) and no half of a surrogate pair (jsonb
 * refuses it). What passes here is never refused further on, after its 202.
 * @param maxLength in UTF-16 code units
 */
export function storableText(maxLength: number): z.ZodString {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must not have control characters or unpaired surrogates');
}
