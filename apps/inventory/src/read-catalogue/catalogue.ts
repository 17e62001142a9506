import type { Reading } from '@looseleaf/cache';
import type { Database } from '@looseleaf/persistence';
import { z } from 'zod';
import { decodeCursor } from '@looseleaf/service-kit';
import { text, toPage, type Page } from '../http/page.js';
import { ItemEntity } from '../persistence/item.entity.js';
import { StockEntity } from '../persistence/stock.entity.js';
import type { CachedStock } from '../stock/cached-stock.js';
import type { StockLevel } from '../stock/stock-level.js';

/** An item as the catalogue shows it. */
export interface CatalogueItem {
  readonly sku: string;
  /** The sku, when no file has told a name. */
  readonly name: string;
  /** In minor units; `null`: not for sale. */
  readonly unitPriceMinor: number | null;
  /** Units that can be sold, in all stores together. */
  readonly stock: number;
}

/** Which items to list, by sku; all of them unless `query` is given. */
export interface CatalogueQuery {
  /** The beginning of a sku or any part of a name, in whatever case. */
  readonly query?: string | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

interface Row extends Omit<CatalogueItem, 'name'> {
  readonly name: string | null;
}

const cursor = z.tuple([text(64)]);

/** An item, and how its stock was served; the rest is always from the database. */
export interface ServedItem {
  readonly item: CatalogueItem;
  readonly stock: Omit<Reading<unknown>, 'value'>;
}

/** Reads items with their price and stock; the stock of a single item through the cache. */
export class Catalogue {
  constructor(
    private readonly database: Database,
    private readonly stock: CachedStock,
  ) {}

  /**
   * A page of items, by sku; where there is a replica, it may be seconds behind.
   * @throws UnavailableError the database is away
   */
  async list({ query, after, limit }: CatalogueQuery): Promise<Page<CatalogueItem>> {
    const [afterSku = ''] = decodeCursor(after, cursor) ?? [];
    const pattern = query === undefined ? undefined : escapePattern(query);
    const rows = await this.read({
      where: pattern === undefined ? AFTER : `${AFTER} AND ${MATCHES}`,
      parameters: { afterSku, ...(pattern !== undefined && { prefix: `${pattern}%`, part: `%${pattern}%` }) },
      limit: limit + 1,
    });
    return toPage(rows, limit, ({ sku }) => [sku], show);
  }

  /** @throws UnavailableError the database is away */
  async find(sku: string): Promise<ServedItem | undefined> {
    const [item, { value: levels = [], ...stock }] = await Promise.all([
      this.database.read((manager) => manager.findOneBy(ItemEntity, { sku })),
      this.stock.read(sku),
    ]);
    return item ? { item: show({ ...item, stock: sum(levels) }), stock } : undefined;
  }

  private read(selection: { where: string; parameters: Record<string, string>; limit: number }): Promise<Row[]> {
    return this.database.readEventually((manager) =>
      manager
        .createQueryBuilder(ItemEntity, 'item')
        .select('item.sku', 'sku')
        .addSelect('item.name', 'name')
        .addSelect('item.unitPriceMinor', 'unitPriceMinor')
        .addSelect(
          (stock) =>
            stock
              .select('coalesce(sum(stock.count), 0)::float8')
              .from(StockEntity, 'stock')
              .where('stock.sku = item.sku'),
          'stock',
        )
        .where(selection.where, selection.parameters)
        .orderBy('item.sku')
        .limit(selection.limit)
        .getRawMany<Row>(),
    );
  }
}

const AFTER = 'item.sku > :afterSku';
const MATCHES = '(item.sku ILIKE :prefix OR item.name ILIKE :part)';

function escapePattern(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}

function sum(levels: readonly StockLevel[]): number {
  return levels.reduce((total, { count }) => total + count, 0);
}

function show({ sku, name, unitPriceMinor, stock }: Row): CatalogueItem {
  return { sku, name: name ?? sku, unitPriceMinor, stock };
}
