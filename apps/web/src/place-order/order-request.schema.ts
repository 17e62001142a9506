import { MAX_LINES_PER_ORDER, orderLine } from '@looseleaf/contracts';
import { z } from 'zod';
import { coded } from '../http/faults.js';
import { storableText } from '../http/text.schema.js';

const line = orderLine.extend({ sku: storableText(64) });

/**
 * The body of `POST /v1/orders`. All that passes also fits the command `order.place`, so it is not checked again when the
 * message is made. Unknown fields are left out.
 */
export const orderRequest = z.object({
  customerId: storableText(255).optional(),
  email: z.email().max(320).optional(),
  lines: z
    .array(line)
    .min(1, coded('ORDER.LINES_EMPTY', 'an order needs at least one line'))
    .max(MAX_LINES_PER_ORDER, coded('ORDER.LINES_TOO_MANY', `an order has at most ${MAX_LINES_PER_ORDER} lines`)),
});
export type OrderRequest = z.infer<typeof orderRequest>;

/** The answer to an accepted order. */
export const acceptedOrderView = z.object({
  id: z.uuid(),
  state: z.literal('accepted'),
  acceptedAt: z.iso.datetime(),
});
