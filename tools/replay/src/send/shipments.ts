import {
  isPlannedCancellation,
  type PlannedCancellation,
  type PlannedOrder,
  type PlannedStep,
} from '../trade/planned-step.js';

/** What goes out in one request. */
export type Shipment =
  | { readonly kind: 'orders'; readonly orders: readonly PlannedOrder[] }
  | { readonly kind: 'cancellation'; readonly cancellation: PlannedCancellation };

/** Packs steps into requests and keeps their order: a cancellation closes the batch before it, which may hold its order. */
export function* packShipments(steps: Iterable<PlannedStep>, batchSize: number): Generator<Shipment> {
  let orders: PlannedOrder[] = [];
  for (const step of steps) {
    const isCancellation = isPlannedCancellation(step);
    if (!isCancellation) orders.push(step);
    if (orders.length > 0 && (isCancellation || orders.length === batchSize)) {
      yield { kind: 'orders', orders };
      orders = [];
    }
    if (isCancellation) yield { kind: 'cancellation', cancellation: step };
  }
  if (orders.length > 0) yield { kind: 'orders', orders };
}
