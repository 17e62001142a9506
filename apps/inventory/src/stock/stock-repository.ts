import { int8Array, textArray, type Transaction } from '@looseleaf/persistence';
import { StockLedger, type StockChange } from '../domain/stock-ledger.js';
import type { StockRefresh } from './cached-stock.js';
import { byStore, type StockLevel } from './stock-level.js';

/** Stock whose items a transaction has locked. */
export interface LockedStock {
  readonly ledger: StockLedger;
  /** Higher than that of every commit about these items before. */
  readonly version: number;
}

/**
 * Locks the items and reads their stock.
 *
 * The item's row is the lock for its stock in every store: everyone who changes counts locks items first, in the order of
 * their skus, and all that one transaction needs in one statement. So no two transactions, be they reservations, releases
 * or imports, can wait for each other in a circle. The stock is read by a second statement, which sees what was committed
 * while the first one waited.
 */
export async function lockStock(tx: Transaction, skus: readonly string[]): Promise<LockedStock> {
  const ledger = new StockLedger();
  if (skus.length === 0) return { ledger, version: 0 };
  const items = await tx.query<{ sku: string; unit_price_minor: number | null }>(
    'SELECT sku, unit_price_minor FROM item WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE',
    [textArray(skus)],
  );
  for (const { sku, unit_price_minor } of items) ledger.addItem(sku, unit_price_minor);
  // The sub-select is run once, in the second statement: when the locks are held.
  const rows = await tx.query<StockLevel & { version: number }>(
    `SELECT sku, store, count::float8 AS count, (SELECT nextval('stock_version'))::float8 AS version
       FROM stock WHERE sku = ANY($1::text[])`,
    [textArray(items.map(({ sku }) => sku))],
  );
  for (const { sku, store, count } of rows) ledger.addStock(sku, store, count);
  return { ledger, version: rows[0]?.version ?? 0 };
}

/**
 * Writes the counts that have changed in the ledger, and has the cache refreshed when they are committed.
 * @returns the changes
 */
export async function writeStock(
  tx: Transaction,
  { ledger, version }: LockedStock,
  refresh: StockRefresh,
): Promise<StockChange[]> {
  const changes = ledger.changes();
  if (changes.length === 0) return changes;
  const skus = [...new Set(changes.map(({ sku }) => sku))];
  await refresh.announce(skus);
  await tx.query(UPDATE_COUNTS, [
    textArray(changes.map(({ sku }) => sku)),
    textArray(changes.map(({ store }) => store)),
    int8Array(changes.map(({ after }) => after)),
  ]);
  for (const sku of skus) refresh.keep(sku, levelsOf(ledger, sku), version);
  return changes;
}

const UPDATE_COUNTS = `
  UPDATE stock SET count = change.count
    FROM unnest($1::text[], $2::text[], $3::bigint[]) AS change (sku, store, count)
   WHERE stock.sku = change.sku AND stock.store = change.store`;

function levelsOf(ledger: StockLedger, sku: string): StockLevel[] {
  const stores = ledger.item(sku)?.stores ?? [];
  return [...stores].map(([store, count]) => ({ store, sku, count })).sort(byStore);
}
