/** A quantity of an item in a store. */
export interface Allocation {
  readonly store: string;
  readonly sku: string;
  readonly quantity: number;
}

/** What is for sale under a sku, and how many of it each store has. */
export interface StockedItem {
  readonly sku: string;
  /** `null`: tracked, but not for sale. */
  readonly unitPriceMinor: number | null;
  /** Store → units that can still be sold. */
  readonly stores: ReadonlyMap<string, number>;
}

/** A count before and after; `before` is `null` for an item that the store did not have on its list. */
export interface StockChange {
  readonly store: string;
  readonly sku: string;
  readonly before: number | null;
  readonly after: number;
}

/** A count that would fall below zero, or stock that was never there: a fault in the code, never in the data. */
export class StockLedgerError extends Error {
  readonly code = 'STOCK.LEDGER_BROKEN';
}

interface Entry {
  readonly sku: string;
  unitPriceMinor: number | null;
  readonly stores: Map<string, number>;
}

/** The stock that one transaction works on: read once, changed in memory, and asked at the end what has changed. */
export class StockLedger {
  private readonly items = new Map<string, Entry>();
  private readonly before = new Map<string, Map<string, number>>();

  addItem(sku: string, unitPriceMinor: number | null): void {
    this.items.set(sku, { sku, unitPriceMinor, stores: new Map() });
  }

  /** @throws StockLedgerError when the item was not added before */
  addStock(sku: string, store: string, count: number): void {
    this.storesOf(sku).set(store, count);
  }

  item(sku: string): StockedItem | undefined {
    return this.items.get(sku);
  }

  /** @throws StockLedgerError when there is less than that */
  take(allocations: readonly Allocation[]): void {
    for (const { store, sku, quantity } of allocations) this.add(store, sku, -quantity);
  }

  /** @throws StockLedgerError when a store never had the item */
  giveBack(allocations: readonly Allocation[]): void {
    for (const { store, sku, quantity } of allocations) this.add(store, sku, quantity);
  }

  /** The counts that are not what they were, each once. */
  changes(): StockChange[] {
    const changes: StockChange[] = [];
    for (const [sku, stores] of this.before) {
      for (const [store, before] of stores) {
        const after = this.storesOf(sku).get(store)!;
        if (after !== before) changes.push({ store, sku, before, after });
      }
    }
    return changes;
  }

  private add(store: string, sku: string, quantity: number): void {
    const stores = this.storesOf(sku);
    const count = stores.get(store);
    if (count === undefined) throw new StockLedgerError(`${store} has no stock of ${sku}`);
    if (count + quantity < 0) throw new StockLedgerError(`${store} has ${count} of ${sku}, not ${-quantity}`);
    this.remember(sku, store, count);
    stores.set(store, count + quantity);
  }

  private remember(sku: string, store: string, count: number): void {
    let stores = this.before.get(sku);
    if (!stores) this.before.set(sku, (stores = new Map()));
    if (!stores.has(store)) stores.set(store, count);
  }

  private storesOf(sku: string): Map<string, number> {
    const item = this.items.get(sku);
    if (!item) throw new StockLedgerError(`the ledger does not hold ${sku}`);
    return item.stores;
  }
}
