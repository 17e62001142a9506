import { unitsBySku } from '../units.js';
import type { PlannedOrder } from './planned-step.js';

interface Purchase {
  readonly order: PlannedOrder;
  readonly units: Map<string, number>;
}

/** What a cancellation came to. */
export interface Returned {
  /** Orders of which everything came back: these can be cancelled. Newest first. */
  readonly orders: readonly PlannedOrder[];
  /** Of the skus that are left, those the customer did buy. */
  readonly partly: ReadonlySet<string>;
  /** Units by sku that belong to no order that came back whole. */
  readonly left: ReadonlyMap<string, number>;
}

/**
 * What each customer bought and has not given back. A return cancels an order when it holds all units of all its lines;
 * it may hold more, and it may cancel several orders. The newest order goes first, as people return what they just got.
 */
export class Purchases {
  private readonly byCustomer = new Map<string, Purchase[]>();

  add(customerId: string, order: PlannedOrder): void {
    const purchase = { order, units: unitsBySku(order.lines) };
    const purchases = this.byCustomer.get(customerId);
    if (purchases) purchases.push(purchase);
    else this.byCustomer.set(customerId, [purchase]);
  }

  /** @param returned units by sku, positive */
  takeBack(customerId: string, returned: ReadonlyMap<string, number>): Returned {
    const left = new Map(returned);
    const purchases = this.byCustomer.get(customerId) ?? [];
    const orders: PlannedOrder[] = [];
    for (const purchase of purchases.toReversed()) {
      if (![...purchase.units].every(([sku, units]) => (left.get(sku) ?? 0) >= units)) continue;
      orders.push(purchase.order);
      purchases.splice(purchases.indexOf(purchase), 1);
      for (const [sku, units] of purchase.units) left.set(sku, left.get(sku)! - units);
    }
    for (const [sku, units] of left) if (units === 0) left.delete(sku);
    const partly = new Set([...left.keys()].filter((sku) => purchases.some(({ units }) => units.has(sku))));
    return { orders, partly, left };
  }
}
