import type { Books, StockRecord } from './books.js';

/** An item whose units in a store do not add up. */
export interface StockFault {
  readonly store: string;
  readonly sku: string;
  /** What was there when the ledger was opened, less what standing reservations took since. */
  readonly expectedCount: number;
  readonly count: number;
}

/**
 * Reserving moves units from the count to a reservation and releasing moves them back, so for each item and store the sum
 * of both never changes. That holds whoever else orders meanwhile; only a stock file changes the sum, so after one there
 * is nothing to compare.
 */
export function findStockFaults({ stockBefore, stockNow, stockFilesSince }: Books): StockFault[] {
  if (stockFilesSince > 0) return [];
  const before = new Map(stockBefore.map((row) => [keyOf(row), row.count + row.reserved]));
  const now = new Map(stockNow.map((row) => [keyOf(row), row]));
  const gone = stockBefore.filter((row) => !now.has(keyOf(row)) && row.count + row.reserved > 0);
  return [
    ...stockNow.flatMap((row) => compare(row, before.get(keyOf(row)) ?? 0)),
    ...gone.map(({ store, sku, count, reserved }) => ({ store, sku, expectedCount: count + reserved, count: 0 })),
  ];
}

function compare({ store, sku, count, reserved }: StockRecord, total: number): StockFault[] {
  const expectedCount = total - reserved;
  return expectedCount === count ? [] : [{ store, sku, expectedCount, count }];
}

function keyOf({ store, sku }: StockRecord): string {
  return JSON.stringify([store, sku]);
}
