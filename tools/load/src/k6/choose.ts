import type { Item, Line } from './plan.js';

const MAX_QUANTITY = 5;

/** One of a list, the first ones more often: shops sell much of little (a tenth of the items get a third of the lines). */
export function choose<T>(list: readonly T[]): T {
  return list[Math.floor(Math.random() ** 2 * list.length)]!;
}

/** 1 to `maxLines` lines of different items. */
export function chooseLines(items: readonly Item[], maxLines: number): Line[] {
  const lines = new Map<string, Line>();
  for (let count = chooseUpTo(maxLines); count > 0; count--) {
    const { sku, unitPriceMinor } = choose(items);
    lines.set(sku, { sku, quantity: chooseUpTo(MAX_QUANTITY), seenUnitPriceMinor: unitPriceMinor });
  }
  return [...lines.values()];
}

/** A whole number from 1 to `most`. */
export function chooseUpTo(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}

export { MAX_QUANTITY };
