import { Random } from './random.js';

/** What a row is about, whether the row says so in good form or in bad. */
export interface StockFacts {
  readonly store: string;
  readonly sku: string;
  readonly count: number;
  readonly name: string;
  readonly unitPriceMinor: number;
}

/** Names with a space, an apostrophe, letters of two and of three bytes. */
export const STORES = ['Leeds', 'Milton Keynes', "King's Lynn", 'Köln', '東京'] as const;
/** With what makes a CSV field difficult: commas, quotes, letters of several bytes. */
const NAMES = [
  'Paper lantern',
  'Card, thank you',
  'Ruler 12" wood',
  'Box "vintage", large',
  'Crème brûlée set',
  'Notebook – ruled',
  '和紙 origami',
] as const;
const ITEM_PLACES = 0x40000000;

/** Every item is in each store once, so row `index` is about a pair that no other row is about. */
export function factsOf(seed: number, index: number): StockFacts {
  const item = Math.floor(index / STORES.length);
  const random = new Random(seed, ITEM_PLACES + item);
  return {
    store: STORES[index % STORES.length]!,
    sku: `${skuPrefix(seed)}${item}`,
    count: new Random(seed, index).below(1_000),
    name: `${random.pick(NAMES)} ${item}`,
    unitPriceMinor: random.below(100_000),
  };
}

/** What the skus of a file begin with; those of other seeds do not. */
export function skuPrefix(seed: number): string {
  return `S${seed}-`;
}

/** The row that is about a store and an item; undefined when none can be. */
export function indexOf(seed: number, store: string, sku: string): number | undefined {
  const prefix = skuPrefix(seed);
  const item = sku.startsWith(prefix) ? Number(sku.slice(prefix.length)) : NaN;
  const position = (STORES as readonly string[]).indexOf(store);
  return Number.isInteger(item) && position >= 0 ? item * STORES.length + position : undefined;
}
