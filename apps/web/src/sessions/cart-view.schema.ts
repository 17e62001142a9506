import { orderLine } from '@looseleaf/contracts';
import { z } from 'zod';
import type { SessionView } from './session-view.schema.js';

/** A cart, as the customer sees it. */
export const cartView = z.object({
  version: z.int().min(0).describe('Rises with each change; 0: nothing was ever put in'),
  lines: z.array(orderLine),
  customerId: z.string().optional(),
  email: z.string().optional(),
  checkout: z
    .object({ state: z.literal('unknown'), begunAt: z.iso.datetime() })
    .optional()
    .describe(
      'A checkout whose outcome is not known: check out again, and it is the same order as long as the cart is the same',
    ),
  lastOrder: z
    .object({ id: z.uuid(), acceptedAt: z.iso.datetime() })
    .optional()
    .describe('The order that this cart was checked out with last'),
});
export type CartView = z.infer<typeof cartView>;

/**
 * The cart of a session. Two views of the same version are the same.
 * @param orderIdOf the id of a checkout's order
 */
export function toCartView(session: SessionView, orderIdOf: (checkoutId: string) => string): CartView {
  const { version, lines, customerId, email, pending, last } = session;
  return {
    version,
    lines,
    ...(customerId !== undefined && { customerId }),
    ...(email !== undefined && { email }),
    ...(pending && { checkout: { state: 'unknown', begunAt: new Date(pending.begunAtMs).toISOString() } }),
    ...(last && { lastOrder: { id: orderIdOf(last.id), acceptedAt: last.acceptedAt } }),
  };
}
