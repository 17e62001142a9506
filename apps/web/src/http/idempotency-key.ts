import { ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';

/** 1 to 255 printable ASCII characters: what an HTTP header can carry unharmed. */
export const idempotencyKey = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters');

/**
 * Checks the value of an `Idempotency-Key` header.
 * @throws ProblemError 400 `IDEMPOTENCY.KEY_INVALID`
 */
export function checkIdempotencyKey(header: string): string {
  if (idempotencyKey.safeParse(header).success) return header;
  const detail = 'An Idempotency-Key is 1 to 255 printable ASCII characters, for example a UUID.';
  throw new ProblemError(400, 'IDEMPOTENCY.KEY_INVALID', detail, { errors: [{ pointer: 'Idempotency-Key', detail }] });
}
