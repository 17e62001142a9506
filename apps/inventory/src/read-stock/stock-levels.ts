import type { Database } from '@looseleaf/persistence';
import { z } from 'zod';
import { decodeCursor } from '@looseleaf/service-kit';
import { text, toPage, type Page } from '../http/page.js';
import { StockEntity } from '../persistence/stock.entity.js';

/** How many of an item can still be sold in a store. */
export interface StockLevel {
  readonly store: string;
  readonly sku: string;
  readonly count: number;
}

/** Which stock to list: of one store, of one item, of both, or all. */
export interface StockLevelQuery {
  readonly store?: string | undefined;
  readonly sku?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

const cursor = z.tuple([text(64), text(128)]);

/** Reads what each store can still sell. */
export class StockLevels {
  constructor(private readonly database: Database) {}

  /**
   * A page of levels, by sku and store.
   * @throws UnavailableError the database is away
   */
  list({ store, sku, after, limit }: StockLevelQuery): Promise<Page<StockLevel>> {
    const key = decodeCursor(after, cursor);
    return this.database.read(async (manager) => {
      const query = manager
        .createQueryBuilder(StockEntity, 'stock')
        .orderBy({ 'stock.sku': 'ASC', 'stock.store': 'ASC' });
      if (store !== undefined) query.andWhere({ store });
      if (sku !== undefined) query.andWhere({ sku });
      if (key)
        query.andWhere('(stock.sku, stock.store) > (:afterSku, :afterStore)', { afterSku: key[0], afterStore: key[1] });
      const rows = await query.limit(limit + 1).getMany();
      return toPage(
        rows,
        limit,
        (row) => [row.sku, row.store],
        (row) => ({ store: row.store, sku: row.sku, count: row.count }),
      );
    });
  }
}
