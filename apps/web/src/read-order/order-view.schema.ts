import { cancellationReason, orderLine, rejectionReason, sku } from '@looseleaf/contracts';
import { z } from 'zod';

/** The states that an order can be in. */
export const orderState = z.enum(['accepted', 'confirmed', 'rejected', 'cancelled']);

/** An order as `GET /v1/orders/{id}` shows it. Lines and total may be missing while `Looseleaf-Served-By` is `web`. */
export const orderView = z.looseObject({
  id: z.uuid(),
  state: orderState,
  acceptedAt: z.iso.datetime().optional(),
  lines: z.array(z.looseObject({ ...orderLine.shape, unitPriceMinor: z.int().min(0).optional() })).optional(),
  totalMinor: z.int().min(0).optional(),
  history: z.array(
    z.looseObject({
      state: orderState,
      at: z.iso.datetime(),
      reason: z.enum([...rejectionReason.options, ...cancellationReason.options]).optional(),
      skus: z.array(sku).optional(),
    }),
  ),
});
export type OrderView = z.infer<typeof orderView>;

/** The state in an order service's answer; `undefined` for an answer in a shape that this version does not know. */
export function readState(body: Buffer | string): OrderView['state'] | undefined {
  return read(orderView.pick({ state: true }), body)?.state;
}

/** The history in an order service's answer; `undefined` as in {@link readState}. */
export function readHistory(body: Buffer | string): OrderView['history'] | undefined {
  return read(orderView.pick({ history: true }), body)?.history;
}

function read<View>(schema: z.ZodType<View>, body: Buffer | string): View | undefined {
  try {
    return schema.safeParse(JSON.parse(String(body))).data;
  } catch {
    return undefined; // no JSON
  }
}
