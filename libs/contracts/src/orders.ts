import { z } from 'zod';
import { defineCommand, defineEvent } from './define.js';

/** The order service's commands. */
export const ORDERS_PLACE_QUEUE = 'orders.place';
/** What becomes of orders. */
export const ORDERS_EVENTS_TOPIC = 'orders.events';

/** Limits of an order, the same for whoever takes it and whoever handles it. */
export const MAX_LINES_PER_ORDER = 100;
export const MAX_QUANTITY_PER_LINE = 10_000;

/** What an item is known by, in every service. */
export const sku = z.string().min(1).max(64);

/** A line as the customer ordered it. */
export const orderLine = z.object({
  sku,
  quantity: z.int().min(1).max(MAX_QUANTITY_PER_LINE),
  /** The unit price the customer saw, in minor units; the order is rejected when the price has risen since. */
  seenUnitPriceMinor: z.int().min(0).optional(),
});
export type OrderLine = z.infer<typeof orderLine>;

/** A line whose price was fixed when its stock was reserved. */
export const pricedLine = z.object({ sku, quantity: z.int().min(1), unitPriceMinor: z.int().min(0) });
export type PricedLine = z.infer<typeof pricedLine>;

/** Why an order was rejected; a new reason is a new version of the events that carry it. */
export const rejectionReason = z.enum(['OUT_OF_STOCK', 'UNKNOWN_ITEM', 'NOT_FOR_SALE', 'PRICE_CHANGED']);
export type RejectionReason = z.infer<typeof rejectionReason>;

const orderId = z.uuid();
const customer = { customerId: z.string().max(255).optional(), email: z.string().max(320).optional() };
const byOrder = (body: { orderId: string }): string => body.orderId;

/** Take this order. */
export const placeOrder = defineCommand(ORDERS_PLACE_QUEUE, {
  name: 'order.place',
  version: 1,
  schema: z.object({
    orderId,
    ...customer,
    lines: z.array(orderLine).min(1).max(MAX_LINES_PER_ORDER),
    acceptedAt: z.iso.datetime(),
    /** Digest of the request under an idempotency key: the same key with another digest never makes a second order. */
    requestDigest: z.string().max(64).optional(),
  }),
  groupKey: byOrder,
});
export type PlaceOrder = z.infer<typeof placeOrder.schema>;

/** Why an order is cancelled, where its customer did not ask for it. */
export const cancellationReason = z.enum(['CHECKOUT_WITHDRAWN']);
export type CancellationReason = z.infer<typeof cancellationReason>;

/**
 * Cancel this order, in whatever state it is. The order of a withdrawn checkout (`CHECKOUT_WITHDRAWN`) is only kept from
 * being placed: one that was placed before stands, because its customer may have been told that it is accepted.
 */
export const cancelOrder = defineCommand(ORDERS_PLACE_QUEUE, {
  name: 'order.cancel',
  version: 1,
  schema: z.object({ orderId, requestedAt: z.iso.datetime(), reason: cancellationReason.optional() }),
  groupKey: byOrder,
});
export type CancelOrder = z.infer<typeof cancelOrder.schema>;

/** The order service has recorded the order. */
export const orderAccepted = defineEvent(ORDERS_EVENTS_TOPIC, {
  name: 'order.accepted',
  version: 1,
  schema: z.object({ orderId, ...customer, lines: z.array(orderLine), acceptedAt: z.iso.datetime() }),
  groupKey: byOrder,
});

/** Stock is reserved for every line and the prices are fixed. */
export const orderConfirmed = defineEvent(ORDERS_EVENTS_TOPIC, {
  name: 'order.confirmed',
  version: 1,
  schema: z.object({
    orderId,
    ...customer,
    lines: z.array(pricedLine),
    totalMinor: z.int().min(0),
    confirmedAt: z.iso.datetime(),
  }),
  groupKey: byOrder,
});

/** The order cannot be served; `skus` are the lines that are to blame. */
export const orderRejected = defineEvent(ORDERS_EVENTS_TOPIC, {
  name: 'order.rejected',
  version: 1,
  schema: z.object({ orderId, ...customer, reason: rejectionReason, skus: z.array(sku), rejectedAt: z.iso.datetime() }),
  groupKey: byOrder,
});

/** The order was taken back, by its customer unless there is a `reason`; stock that was reserved for it is released. */
export const orderCancelled = defineEvent(ORDERS_EVENTS_TOPIC, {
  name: 'order.cancelled',
  version: 1,
  schema: z.object({
    orderId,
    ...customer,
    reason: cancellationReason.optional(),
    cancelledAt: z.iso.datetime(),
  }),
  groupKey: byOrder,
});
