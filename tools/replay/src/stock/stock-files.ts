import { createHash } from 'node:crypto';
import type { CatalogueItem } from '../trade/catalogue.js';

/** The stores that stand in for the wholesaler's one warehouse, so that orders have to be served from several. */
export const STORES = ['Birmingham', 'Leeds', 'London'] as const;

/** How an item's units lie over its first, second and third store. */
const SHARES = [0.6, 0.25, 0.15] as const;

/** Under the 10 MB that `POST /v1/stock-files` takes. */
const MAX_FILE_BYTES = 8_000_000;
const HEADER = 'store,item,count,name,unitPriceMinor\n';

export interface StockRow {
  readonly store: string;
  readonly item: CatalogueItem;
  readonly count: number;
}

/**
 * Spreads an item over the stores. Which store has most of it hangs on its code alone, so every run puts it there again.
 * @param factor stock as a share of the demand: 1 serves every order, less leaves some out of stock
 */
export function spreadOverStores(item: CatalogueItem, factor: number): StockRow[] {
  const total = Math.ceil(item.demand * factor);
  const first = createHash('sha256').update(item.sku).digest()[0]! % STORES.length;
  let left = total;
  return SHARES.map((share, index) => {
    const isLast = index === SHARES.length - 1;
    const count = isLast ? left : Math.min(left, Math.round(total * share));
    left -= count;
    return { store: STORES[(first + index) % STORES.length]!, item, count };
  });
}

/** The items as stock files, each small enough for one upload. */
export function* stockFiles(
  items: readonly CatalogueItem[],
  factor: number,
  maxFileBytes = MAX_FILE_BYTES,
): Generator<string> {
  let rows: string[] = [];
  let bytes = HEADER.length;
  for (const item of items) {
    const text = spreadOverStores(item, factor).map(toCsv).join('');
    const textBytes = Buffer.byteLength(text);
    if (rows.length > 0 && bytes + textBytes > maxFileBytes) {
      yield HEADER + rows.join('');
      rows = [];
      bytes = HEADER.length;
    }
    rows.push(text);
    bytes += textBytes;
  }
  if (rows.length > 0) yield HEADER + rows.join('');
}

function toCsv({ store, item, count }: StockRow): string {
  return `${store},${quote(item.sku)},${count},${quote(item.name)},${item.unitPriceMinor}\n`;
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
