import type { StockChange } from './stock-ledger.js';

export type StockEvent =
  | { readonly kind: 'changed'; readonly store: string; readonly sku: string; readonly count: number }
  | { readonly kind: 'depleted'; readonly store: string; readonly sku: string }
  | { readonly kind: 'replenished'; readonly store: string; readonly sku: string; readonly count: number };

/**
 * What the changes of one transaction mean to others: one `changed` for each count that is not what it was, `depleted` for
 * each that fell to 0, `replenished` for each that rose from 0. What went down and up again in between is not told.
 *
 * An item that is new on a store's list with a count of 0 is depleted: nobody was told before that it is out of stock.
 * New with a count above 0, it is not replenished: nobody was told that it had run out.
 */
export function describeChanges(changes: readonly StockChange[]): StockEvent[] {
  return changes.flatMap(({ store, sku, before, after }): StockEvent[] => {
    if (before === after) return [];
    const changed: StockEvent = { kind: 'changed', store, sku, count: after };
    if (after === 0) return [changed, { kind: 'depleted', store, sku }];
    if (before === 0) return [changed, { kind: 'replenished', store, sku, count: after }];
    return [changed];
  });
}
