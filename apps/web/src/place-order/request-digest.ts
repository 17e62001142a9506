import { hash } from 'node:crypto';
import type { OrderRequest } from './order-request.schema.js';

/**
 * SHA-256 of what an order asks for, in base64url (43 characters). Field order, white space and unknown fields of the
 * JSON make no difference; the order of the lines does.
 */
export function digestOf({ customerId, email, lines }: OrderRequest): string {
  const canonical = [
    customerId ?? null,
    email ?? null,
    lines.map(({ sku, quantity, seenUnitPriceMinor }) => [sku, quantity, seenUnitPriceMinor ?? null]),
  ];
  return hash('sha256', JSON.stringify(canonical), 'base64url');
}
