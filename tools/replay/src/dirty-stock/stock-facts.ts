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

/** What a file is about: facts follow from the seed, skus also tell apart files of the same seed. */
export interface FactsSource {
  readonly seed: number;
  /** What the file's skus begin with, and no others. */
  readonly skuPrefix: string;
}

/** Every item is in each store once, so row `index` is about a pair that no other row is about. */
export function factsOf({ seed, skuPrefix }: FactsSource, index: number): StockFacts {
  const item = Math.floor(index / STORES.length);
  const random = new Random(seed, ITEM_PLACES + item);
  return {
    store: STORES[index % STORES.length]!,
    sku: `${skuPrefix}${item}`,
    count: new Random(seed, index).below(1_000),
    name: `${random.pick(NAMES)} ${item}`,
    unitPriceMinor: random.below(100_000),
  };
}

/** The row that is about a store and an item; undefined when none can be. */
export function indexOf({ skuPrefix }: FactsSource, store: string, sku: string): number | undefined {
  const item = sku.startsWith(skuPrefix) ? Number(sku.slice(skuPrefix.length)) : NaN;
  const position = (STORES as readonly string[]).indexOf(store);
  return Number.isInteger(item) && position >= 0 ? item * STORES.length + position : undefined;
}
