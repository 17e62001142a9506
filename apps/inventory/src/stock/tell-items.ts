import { int4Array, textArray, type Transaction } from '@looseleaf/persistence';
import type { FileOrder } from './set-counts.js';

/** What a file says of an item; `null`: nothing. */
export interface ItemFacts {
  readonly sku: string;
  readonly name: string | null;
  readonly unitPriceMinor: number | null;
}

/** Items as parameters of a statement. */
export type ItemParameters = readonly [skus: Buffer, names: Buffer, unitPricesMinor: Buffer];

/** @param items each sku once */
export function itemParameters(items: readonly ItemFacts[]): ItemParameters {
  return [
    textArray(items.map(({ sku }) => sku)),
    textArray(items.map(({ name }) => name)),
    int4Array(items.map(({ unitPriceMinor }) => unitPriceMinor)),
  ];
}

/** Locks items in the order of their skus, as `lockStock` does; how many of them there are. */
export async function lockItems(tx: Transaction, [skus]: ItemParameters): Promise<number> {
  const [locked] = await tx.query<{ items: number }>(LOCK, [skus]);
  return locked!.items;
}

/**
 * The same, and adds those that do not exist, as the file describes them, in one go: two statements could wait for each
 * other's items in a circle. Items that exist are locked and not changed: `ON CONFLICT DO UPDATE` locks before it looks at
 * its condition.
 * @returns the skus that are new
 */
export async function lockOrAddItems(tx: Transaction, file: FileOrder, items: ItemParameters): Promise<Set<string>> {
  const added = await tx.query<{ sku: string }>(LOCK_OR_ADD, [...items, file.receivedAt, file.fileId]);
  return new Set(added.map(({ sku }) => sku));
}

/**
 * Sets the names and prices that a file tells, of items that are locked. One that a newer file told stays, and what the
 * file does not tell stays; of the same file, the later row counts.
 */
export async function tellItems(tx: Transaction, file: FileOrder, items: ItemParameters): Promise<void> {
  await tx.query(TELL, [...items, file.receivedAt, file.fileId]);
}

const LOCK = `
  SELECT count(*)::int4 AS items
    FROM (SELECT FROM item WHERE sku = ANY($1::text[]) ORDER BY sku FOR NO KEY UPDATE) AS locked`;

const LOCK_OR_ADD = `
  INSERT INTO item (sku, name, name_received_at, name_file_id, unit_price_minor, price_received_at, price_file_id)
  SELECT sku,
         name, CASE WHEN name IS NULL THEN '-infinity' ELSE $4::timestamptz END,
         CASE WHEN name IS NULL THEN '00000000-0000-0000-0000-000000000000' ELSE $5::uuid END,
         price, CASE WHEN price IS NULL THEN '-infinity' ELSE $4::timestamptz END,
         CASE WHEN price IS NULL THEN '00000000-0000-0000-0000-000000000000' ELSE $5::uuid END
    FROM unnest($1::text[], $2::text[], $3::int4[]) AS given (sku, name, price)
   ORDER BY sku COLLATE "C"
  ON CONFLICT (sku) DO UPDATE SET updated_at = item.updated_at WHERE false
  RETURNING sku`;

const TELL = `
  UPDATE item
     SET name = CASE WHEN tells_name THEN told.name ELSE item.name END,
         name_received_at = CASE WHEN tells_name THEN $4 ELSE item.name_received_at END,
         name_file_id = CASE WHEN tells_name THEN $5 ELSE item.name_file_id END,
         unit_price_minor = CASE WHEN tells_price THEN price ELSE item.unit_price_minor END,
         price_received_at = CASE WHEN tells_price THEN $4 ELSE item.price_received_at END,
         price_file_id = CASE WHEN tells_price THEN $5 ELSE item.price_file_id END,
         updated_at = now()
    FROM (
      SELECT given.sku, given.name, given.price,
             given.name IS NOT NULL AND (
               (known.name_received_at, known.name_file_id) < ($4::timestamptz, $5::uuid)
               OR known.name_file_id = $5 AND known.name <> given.name) AS tells_name,
             given.price IS NOT NULL AND (
               (known.price_received_at, known.price_file_id) < ($4, $5)
               OR known.price_file_id = $5 AND known.unit_price_minor <> given.price) AS tells_price
        FROM unnest($1::text[], $2::text[], $3::int4[]) AS given (sku, name, price)
        JOIN item AS known ON known.sku = given.sku
    ) AS told
   WHERE item.sku = told.sku AND (tells_name OR tells_price)`;
