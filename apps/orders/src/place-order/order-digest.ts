import { hash } from 'node:crypto';
import type { PlaceOrder } from '@looseleaf/contracts';

/** Digests that the order service made itself; those of requests with an idempotency key come without it. */
const OWN = 'content:';

/** What tells the same order sent again from another one under the same id. */
export function digestOf({ requestDigest, customerId, email, lines }: PlaceOrder): string {
  return requestDigest ?? OWN + hash('sha256', JSON.stringify([customerId, email, lines]), 'base64url');
}

/**
 * Whether the difference comes from a customer who used one idempotency key for two requests. Otherwise two orders were
 * given one id, which must never happen.
 */
export function isReusedKey(one: string, other: string): boolean {
  return !one.startsWith(OWN) && !other.startsWith(OWN);
}
