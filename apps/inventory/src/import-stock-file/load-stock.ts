import { int4Array, int8Array, textArray, type Transaction } from '@looseleaf/persistence';
import type { StockChange } from '../domain/stock-ledger.js';
import type { Chunk } from './chunk.js';

/**
 * Writes what a chunk says of items and counts.
 *
 * The first statement locks the chunk's items in the order of their skus, also those that it leaves as they are
 * (`ON CONFLICT DO UPDATE` locks before it looks at its condition); see `lockStock` for what that is good for. What a
 * file does not say, a name or a price, stays as it is.
 * @returns the counts that are not what they were
 */
export async function loadStock(tx: Transaction, chunk: Chunk): Promise<StockChange[]> {
  if (chunk.items.size === 0) return [];
  const items = [...chunk.items];
  await tx.query(UPSERT_ITEMS, [
    textArray(items.map(([sku]) => sku)),
    textArray(items.map(([, { name }]) => name)),
    int4Array(items.map(([, { unitPriceMinor }]) => unitPriceMinor)),
  ]);
  const { stock } = chunk;
  return tx.query<StockChange>(UPSERT_STOCK, [
    textArray(stock.map(({ sku }) => sku)),
    textArray(stock.map(({ store }) => store)),
    int8Array(stock.map(({ count }) => count)),
  ]);
}

const UPSERT_ITEMS = `
  INSERT INTO item (sku, name, unit_price_minor)
  SELECT sku, name, unit_price_minor FROM unnest($1::text[], $2::text[], $3::int4[]) AS given (sku, name, unit_price_minor)
   ORDER BY sku COLLATE "C"
  ON CONFLICT (sku) DO UPDATE
     SET name = coalesce(excluded.name, item.name),
         unit_price_minor = coalesce(excluded.unit_price_minor, item.unit_price_minor),
         updated_at = now()
   WHERE coalesce(excluded.name, item.name) IS DISTINCT FROM item.name
      OR coalesce(excluded.unit_price_minor, item.unit_price_minor) IS DISTINCT FROM item.unit_price_minor`;

/** `old` and `new` in RETURNING: PostgreSQL 18. */
const UPSERT_STOCK = `
  INSERT INTO stock (sku, store, count)
  SELECT sku, store, count FROM unnest($1::text[], $2::text[], $3::int8[]) AS given (sku, store, count)
   ORDER BY sku COLLATE "C", store COLLATE "C"
  ON CONFLICT (sku, store) DO UPDATE SET count = excluded.count WHERE stock.count <> excluded.count
  RETURNING sku, store, old.count::float8 AS before, new.count::float8 AS after`;
