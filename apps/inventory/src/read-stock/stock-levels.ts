import type { Reading } from '@looseleaf/cache';
import type { Database } from '@looseleaf/persistence';
import { z } from 'zod';
import { decodeCursor } from '@looseleaf/service-kit';
import { text, toPage, type Page } from '../http/page.js';
import { StockEntity } from '../persistence/stock.entity.js';
import type { CachedStock } from '../stock/cached-stock.js';
import type { StockLevel } from '../stock/stock-level.js';

/** Which stock to list: of one store, of one item, of both, or all. */
export interface StockLevelQuery {
  readonly store?: string | undefined;
  readonly sku?: string | undefined;
  /** `strong`: as the database has it; otherwise a cache or a replica may answer. */
  readonly consistency?: 'eventual' | 'strong' | undefined;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** A page, and how it was served. */
export interface ServedLevels {
  readonly page: Page<StockLevel>;
  readonly reading: Omit<Reading<unknown>, 'value'>;
}

const cursor = z.tuple([text(64), text(128)]);

const BYPASS = { status: 'bypass', ttlMs: 0, stored: false, collapsed: false } as const;

/** Reads what each store can still sell; the first page of one item through the cache, everything else from the database. */
export class StockLevels {
  constructor(
    private readonly database: Database,
    private readonly cached: CachedStock,
  ) {}

  /**
   * A page of levels, by sku and store.
   * @throws UnavailableError the database is away
   */
  async list(query: StockLevelQuery): Promise<ServedLevels> {
    const { store, sku, after, limit, consistency } = query;
    if (sku === undefined || after !== undefined || consistency === 'strong' || !this.cached.isCached) {
      return { page: await this.readPage(query), reading: BYPASS };
    }
    const { value: levels = [], ...reading } = await this.cached.read(sku);
    const wanted = store === undefined ? levels : levels.filter((level) => level.store === store);
    return { page: pageOf(wanted, limit), reading };
  }

  private readPage({ store, sku, after, limit, consistency }: StockLevelQuery): Promise<Page<StockLevel>> {
    const key = decodeCursor(after, cursor);
    const read = consistency === 'strong' ? 'read' : 'readEventually';
    return this.database[read](async (manager) => {
      const query = manager
        .createQueryBuilder(StockEntity, 'stock')
        .orderBy({ 'stock.sku': 'ASC', 'stock.store': 'ASC' });
      if (store !== undefined) query.andWhere({ store });
      if (sku !== undefined) query.andWhere({ sku });
      if (key)
        query.andWhere('(stock.sku, stock.store) > (:afterSku, :afterStore)', { afterSku: key[0], afterStore: key[1] });
      const rows = await query.limit(limit + 1).getMany();
      return pageOf(rows, limit);
    });
  }
}

/** What the cache is loaded with: the stock of an item in all stores; `undefined` when there is none. */
export async function loadLevels(database: Database, sku: string): Promise<StockLevel[] | undefined> {
  const rows = await database.read((manager) =>
    manager.find(StockEntity, {
      where: { sku },
      order: { store: 'ASC' },
      select: { store: true, sku: true, count: true },
    }),
  );
  return rows.length === 0 ? undefined : rows.map(toLevel);
}

function pageOf(levels: readonly StockLevel[], limit: number): Page<StockLevel> {
  return toPage(levels, limit, (level) => [level.sku, level.store], toLevel);
}

function toLevel({ store, sku, count }: StockLevel): StockLevel {
  return { store, sku, count };
}
