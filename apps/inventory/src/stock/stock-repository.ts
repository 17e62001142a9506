import { int8Array, textArray, type Transaction } from '@looseleaf/persistence';
import { StockLedger, type StockChange } from '../domain/stock-ledger.js';

/**
 * Locks the items and reads their stock.
 *
 * The item's row is the lock for its stock in every store: everyone who changes counts locks items first, in the order of
 * their skus, and all that one transaction needs in one statement. So no two transactions, be they reservations, releases
 * or imports, can wait for each other in a circle. The stock is read by a second statement, which sees what was committed
 * while the first one waited.
 */
export async function lockStock(tx: Transaction, skus: readonly string[]): Promise<StockLedger> {
  const ledger = new StockLedger();
  if (skus.length === 0) return ledger;
  const items = await tx.query<{ sku: string; unit_price_minor: number | null }>(
    'SELECT sku, unit_price_minor FROM item WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE',
    [textArray(skus)],
  );
  for (const { sku, unit_price_minor } of items) ledger.addItem(sku, unit_price_minor);
  const rows = await tx.query<{ sku: string; store: string; count: number }>(
    'SELECT sku, store, count::float8 AS count FROM stock WHERE sku = ANY($1::text[])',
    [textArray(items.map(({ sku }) => sku))],
  );
  for (const { sku, store, count } of rows) ledger.addStock(sku, store, count);
  return ledger;
}

/** Writes counts of rows that exist and whose items this transaction has locked. */
export async function writeCounts(tx: Transaction, changes: readonly StockChange[]): Promise<void> {
  if (changes.length === 0) return;
  await tx.query(
    `UPDATE stock SET count = change.count
       FROM unnest($1::text[], $2::text[], $3::bigint[]) AS change (sku, store, count)
      WHERE stock.sku = change.sku AND stock.store = change.store`,
    [
      textArray(changes.map(({ sku }) => sku)),
      textArray(changes.map(({ store }) => store)),
      int8Array(changes.map(({ after }) => after)),
    ],
  );
}
