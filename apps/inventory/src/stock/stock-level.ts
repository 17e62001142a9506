/** How many of an item can still be sold in a store. */
export interface StockLevel {
  readonly store: string;
  readonly sku: string;
  readonly count: number;
}

/** In the order of lists: by code point, as the database's collation "C" has it. */
export function byStore(one: StockLevel, other: StockLevel): number {
  return Buffer.compare(Buffer.from(one.store), Buffer.from(other.store));
}
