import path from 'node:path';
import { REPOSITORY } from '@looseleaf/launcher';
import { importStockFile, planTrade, stockFiles, type CatalogueItem, type ShopClient } from '@looseleaf/replay';
import { MAX_QUANTITY } from '../k6/choose.js';
import type { Item } from '../k6/plan.js';
import { LoadError } from '../load.error.js';

const SAMPLE = path.join(REPOSITORY, 'data', 'online-retail-sample.csv.gz');
const ITEMS = 100;

/** Goods of one run: nobody else sells them, so what is left of them tells what was sold. */
export interface OwnGoods {
  readonly items: readonly Item[];
  /** Of each item, over all stores. */
  readonly unitsEach: number;
}

/**
 * Loads the best-selling items of real trade into the shop, under codes that are this run's own: no count and no price of
 * the shop's own goods is touched. There is enough of each for every order.
 * @throws LoadError `LOAD.STOCK_REFUSED`, ShopError
 */
export async function stockGoods(shop: ShopClient, runId: string, orders: number): Promise<OwnGoods> {
  const unitsEach = Math.max(1, orders) * MAX_QUANTITY;
  const { catalogue } = await planTrade(SAMPLE, {});
  const items = catalogue
    .toSorted((a, b) => b.demand - a.demand)
    .slice(0, ITEMS)
    .map((item): CatalogueItem => ({ ...item, sku: `${item.sku}-${runId}`, demand: unitsEach }));
  for (const file of stockFiles(items, 1)) {
    const { state, rowsRejected } = await importStockFile(shop, file);
    if (state !== 'imported' || rowsRejected > 0) {
      const how = `it is ${state}, with ${rowsRejected} rows rejected`;
      throw new LoadError('LOAD.STOCK_REFUSED', `the shop did not take the stock file of the run: ${how}`);
    }
  }
  return { items: items.map(({ sku, unitPriceMinor }) => ({ sku, unitPriceMinor })), unitsEach };
}
