import { orderLine } from '@looseleaf/contracts';
import { z } from 'zod';

const checkoutId = z.uuid();

/** A session, as the session store shows it to services. */
export const sessionView = z.object({
  version: z.int().min(0),
  lines: z.array(orderLine),
  customerId: z.string().optional(),
  email: z.string().optional(),
  /** A checkout whose outcome the session store does not know. */
  pending: z.object({ id: checkoutId, begunAtMs: z.number() }).optional(),
  /** The checkout whose order was accepted last. */
  last: z.object({ id: checkoutId, acceptedAt: z.iso.datetime() }).optional(),
});
export type SessionView = z.infer<typeof sessionView>;

/** What to do next for a checkout that was begun. */
export const begunView = z.object({
  step: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('place'),
      checkout: z.object({
        id: checkoutId,
        lines: z.array(orderLine),
        customerId: z.string().optional(),
        email: z.string().optional(),
      }),
    }),
    z.object({ kind: z.literal('settle'), checkoutId, leaseLeftMs: z.number() }),
    z.object({ kind: z.literal('done'), checkout: z.object({ id: checkoutId, acceptedAt: z.iso.datetime() }) }),
  ]),
  session: sessionView,
  leaseMs: z.number(),
});
export type BegunView = z.infer<typeof begunView>;
