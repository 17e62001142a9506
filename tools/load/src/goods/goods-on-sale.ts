import type { ShopClient } from '@looseleaf/replay';
import type { Item } from '../k6/plan.js';
import { LoadError } from '../load.error.js';

const PAGE = 500;

interface ItemView {
  readonly sku: string;
  readonly unitPriceMinor: number | null;
  readonly stock: number;
}

/**
 * The first items that the shop has for sale, for who may not load stock.
 * @throws LoadError `LOAD.NOTHING_FOR_SALE`
 */
export async function readGoodsOnSale(shop: ShopClient): Promise<Item[]> {
  const page = await shop.get<{ items: ItemView[] }>(`/v1/items?limit=${PAGE}`);
  const items = page.items.flatMap(({ sku, unitPriceMinor, stock }) =>
    unitPriceMinor !== null && stock > 0 ? [{ sku, unitPriceMinor }] : [],
  );
  if (items.length > 0) return items;
  throw new LoadError(
    'LOAD.NOTHING_FOR_SALE',
    'the shop has nothing in stock with a price: load stock first, or give its operator key in OPERATOR_KEY',
  );
}
