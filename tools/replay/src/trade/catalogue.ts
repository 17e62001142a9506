import type { TradeRow } from './trade-row.js';

/** What the shop must know and hold to serve the orders. */
export interface CatalogueItem {
  readonly sku: string;
  readonly name: string;
  readonly unitPriceMinor: number;
  /** Units that the orders ask for. */
  readonly demand: number;
}

interface Gathered {
  name: string;
  demand: number;
  linesByPrice: Map<number, number>;
}

/** Gathers each item's demand and its most frequent price from the lines that become orders. */
export class Catalogue {
  private readonly items = new Map<string, Gathered>();

  add(row: TradeRow): void {
    let item = this.items.get(row.sku);
    if (!item) this.items.set(row.sku, (item = { name: '', demand: 0, linesByPrice: new Map() }));
    item.name ||= row.description;
    item.demand += row.quantity;
    item.linesByPrice.set(row.unitPriceMinor, (item.linesByPrice.get(row.unitPriceMinor) ?? 0) + 1);
  }

  /** By sku. */
  list(): CatalogueItem[] {
    return [...this.items]
      .map(([sku, { name, demand, linesByPrice }]) => ({
        sku,
        name: name || sku,
        demand,
        unitPriceMinor: mostFrequent(linesByPrice),
      }))
      .sort((a, b) => (a.sku < b.sku ? -1 : 1));
  }
}

/** The lower price where two are equally frequent, so that the result does not hang on the order of the rows. */
function mostFrequent(linesByPrice: Map<number, number>): number {
  const [first] = [...linesByPrice].sort(([priceA, a], [priceB, b]) => b - a || priceA - priceB);
  return first![0];
}
