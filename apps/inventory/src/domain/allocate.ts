import type { Allocation, StockedItem } from './stock-ledger.js';

/** A line of an order, as the customer asked for it. */
export interface RequestedLine {
  readonly sku: string;
  readonly quantity: number;
  /** The unit price the customer saw, in minor units. */
  readonly seenUnitPriceMinor?: number | undefined;
}

/** A line whose price is fixed. */
export interface PricedLine {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

export type RefusalReason = 'UNKNOWN_ITEM' | 'NOT_FOR_SALE' | 'PRICE_CHANGED' | 'OUT_OF_STOCK';

export type AllocationResult =
  | { readonly kind: 'reserved'; readonly lines: readonly PricedLine[]; readonly allocations: readonly Allocation[] }
  /** `skus`: the items to blame, in the order of the lines, each once. */
  | { readonly kind: 'refused'; readonly reason: RefusalReason; readonly skus: readonly string[] };

/** What `allocate` reads stock from. */
export interface StockView {
  item(sku: string): StockedItem | undefined;
}

/**
 * Decides which stores serve an order: all of its lines, or none. Lines of the same item count together. It changes nothing.
 *
 * Reasons are looked for in the order `UNKNOWN_ITEM`, `NOT_FOR_SALE`, `PRICE_CHANGED` (the price is now above the one that
 * was seen), `OUT_OF_STOCK`; the first that fits is the answer, with every item that it fits.
 *
 * The choice of stores is greedy: again and again, the store that can send the most of what is still missing; of several,
 * the one with the most of these items in all; of several still, the first by name (code unit order). A store that can
 * serve the whole order alone is therefore always taken alone, and equal stocks are drawn down evenly.
 */
export function allocate(lines: readonly RequestedLine[], stock: StockView): AllocationResult {
  const demand = new Map<string, number>();
  for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);

  const unknown = blame(demand, (sku) => stock.item(sku) === undefined);
  if (unknown.length > 0) return { kind: 'refused', reason: 'UNKNOWN_ITEM', skus: unknown };

  const items = [...demand.keys()].map((sku) => stock.item(sku)!);
  const priceOf = new Map(items.map(({ sku, unitPriceMinor }) => [sku, unitPriceMinor]));
  const unpriced = blame(demand, (sku) => priceOf.get(sku) === null);
  if (unpriced.length > 0) return { kind: 'refused', reason: 'NOT_FOR_SALE', skus: unpriced };

  const priced = lines.map(({ sku, quantity }) => ({ sku, quantity, unitPriceMinor: priceOf.get(sku)! }));
  const dearer = new Set(lines.filter((line, index) => isBelow(line, priced[index]!)).map(({ sku }) => sku));
  if (dearer.size > 0) return { kind: 'refused', reason: 'PRICE_CHANGED', skus: [...dearer] };

  const totals = new Map(items.map(({ sku, stores }) => [sku, sum(stores.values())]));
  const short = blame(demand, (sku, quantity) => totals.get(sku)! < quantity);
  if (short.length > 0) return { kind: 'refused', reason: 'OUT_OF_STOCK', skus: short };

  return { kind: 'reserved', lines: priced, allocations: chooseStores(demand, items) };
}

function isBelow({ seenUnitPriceMinor }: RequestedLine, { unitPriceMinor }: PricedLine): boolean {
  return seenUnitPriceMinor !== undefined && seenUnitPriceMinor < unitPriceMinor;
}

function blame(demand: ReadonlyMap<string, number>, isToBlame: (sku: string, quantity: number) => boolean): string[] {
  return [...demand].filter(([sku, quantity]) => isToBlame(sku, quantity)).map(([sku]) => sku);
}

/** Needs enough stock in all stores together; each round of the loop then finds a store that has some. */
function chooseStores(demand: ReadonlyMap<string, number>, items: readonly StockedItem[]): Allocation[] {
  const missing = new Map(demand);
  const free = new Set(items.flatMap(({ stores }) => [...stores.keys()]));
  const allocations: Allocation[] = [];
  while (missing.size > 0) {
    const store = bestStore(free, missing, items);
    free.delete(store);
    for (const { sku, stores } of items) {
      const wanted = missing.get(sku) ?? 0;
      const quantity = Math.min(stores.get(store) ?? 0, wanted);
      if (quantity === 0) continue;
      allocations.push({ store, sku, quantity });
      if (quantity === wanted) missing.delete(sku);
      else missing.set(sku, wanted - quantity);
    }
  }
  return allocations;
}

interface Candidate {
  readonly store: string;
  /** Units of what is missing that it can send. */
  readonly sends: number;
  /** Units it has of all items of the order. */
  readonly has: number;
}

function isBetter(a: Candidate, b: Candidate): boolean {
  if (a.sends !== b.sends) return a.sends > b.sends;
  return a.has === b.has ? a.store < b.store : a.has > b.has;
}

function bestStore(
  candidates: ReadonlySet<string>,
  missing: ReadonlyMap<string, number>,
  items: readonly StockedItem[],
): string {
  let best: Candidate | undefined;
  for (const store of candidates) {
    let sends = 0;
    let has = 0;
    for (const { sku, stores } of items) {
      const count = stores.get(store) ?? 0;
      sends += Math.min(count, missing.get(sku) ?? 0);
      has += count;
    }
    if (!best || isBetter({ store, sends, has }, best)) best = { store, sends, has };
  }
  return best!.store;
}

function sum(counts: Iterable<number>): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}
