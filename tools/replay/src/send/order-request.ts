import type { PlannedOrder } from '../trade/planned-step.js';
import type { HttpCall } from './http-client.js';

export interface RequestOptions {
  readonly runId: string;
  /** Send each line's own price, so that the shop refuses lines that were cheaper than its price. */
  readonly checkPrices: boolean;
}

const JSON_BODY = { 'content-type': 'application/json' };

/** `POST /v1/orders`, with the order's key in the header. */
export function orderCall(order: PlannedOrder, options: RequestOptions): HttpCall {
  return {
    method: 'POST',
    path: '/v1/orders',
    headers: { ...JSON_BODY, 'idempotency-key': keyOf(order, options) },
    body: JSON.stringify(bodyOf(order, options)),
  };
}

/** `POST /v1/orders/batch`, with each order's key beside it. */
export function batchCall(orders: readonly PlannedOrder[], options: RequestOptions): HttpCall {
  const entries = orders.map((order) => ({ ...bodyOf(order, options), idempotencyKey: keyOf(order, options) }));
  return { method: 'POST', path: '/v1/orders/batch', headers: JSON_BODY, body: JSON.stringify(entries) };
}

function keyOf(order: PlannedOrder, { runId }: RequestOptions): string {
  return `${runId}:${order.key}`;
}

function bodyOf({ customerId, lines }: PlannedOrder, { checkPrices }: RequestOptions): object {
  return {
    customerId,
    lines: lines.map(({ sku, quantity, unitPriceMinor }) =>
      checkPrices ? { sku, quantity, seenUnitPriceMinor: unitPriceMinor } : { sku, quantity },
    ),
  };
}
