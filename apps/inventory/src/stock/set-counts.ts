import { int4Array, int8Array, textArray, type Transaction } from '@looseleaf/persistence';
import type { StockChange } from '../domain/stock-ledger.js';

/** A file's place in the order of the files: by the time it was received, then by its id. */
export interface FileOrder {
  readonly fileId: string;
  /** As PostgreSQL reads it. */
  readonly receivedAt: string;
}

/** A count as a line of a file sets it. */
export interface CountRow {
  readonly sku: string;
  readonly store: string;
  readonly count: number;
  readonly line: number;
}

/** Rows as parameters of a statement. */
export interface CountParameters {
  readonly length: number;
  readonly skus: Buffer;
  readonly stores: Buffer;
  readonly counts: Buffer;
  readonly lines: Buffer;
}

/** A row that sets nothing, because an earlier line of the same file is about the same store and item. */
export interface RepeatedCount {
  readonly line: number;
  readonly firstLine: number;
}

export interface CountsSet {
  /** How many counts there were none of before. */
  readonly added: number;
  /** Those that are told to others: falls to 0 and rises from it, and all of them when `tellsAll`. */
  readonly changes: StockChange[];
  readonly repeated: RepeatedCount[];
}

/** @param rows one for each store and item; they are written in this order */
export function countParameters(rows: readonly CountRow[]): CountParameters {
  return {
    length: rows.length,
    skus: textArray(rows.map(({ sku }) => sku)),
    stores: textArray(rows.map(({ store }) => store)),
    counts: int8Array(rows.map(({ count }) => count)),
    lines: int4Array(rows.map(({ line }) => line)),
  };
}

/**
 * Sets counts that are not there yet, as of items that this transaction has added.
 * @throws a unique violation when one is there
 */
export async function addCounts(tx: Transaction, file: FileOrder, rows: CountParameters): Promise<void> {
  if (rows.length > 0) await tx.query(ADD, parametersOf(file, rows));
}

/**
 * Sets counts as a file says, in rows that exist or do not exist yet; the transaction has locked their items.
 *
 * Each row remembers the file that set it, and where. A count of a newer file stays: then the row of the older file has
 * had its turn, as if it had come in time. A row that the same file has set before is a repetition. So that this is found
 * also when a newer file has come in between, the lines of unfinished files that are overtaken are kept beside.
 */
export async function setCounts(
  tx: Transaction,
  file: FileOrder,
  rows: CountParameters,
  tellsAll: boolean,
): Promise<CountsSet> {
  if (rows.length === 0) return { added: 0, changes: [], repeated: [] };
  // After the items are locked: no other file can set a count of theirs from now on.
  const [unfinished] = await tx.query(UNFINISHED, [file.fileId]);
  const [set] = await tx.query<{ written: number; added: number; changes: StockChange[] }>(
    unfinished ? SET_BESIDE_OTHERS : SET,
    [...parametersOf(file, rows), tellsAll],
  );
  const { written, added, changes } = set!;
  const isComplete = written === rows.length;
  return { added, changes, repeated: isComplete ? [] : await tx.query(FIND_REPEATED, [...parametersOf(file, rows)]) };
}

function parametersOf({ fileId, receivedAt }: FileOrder, { skus, stores, counts, lines }: CountParameters): unknown[] {
  return [skus, stores, counts, lines, receivedAt, fileId];
}

/**
 * Forgets some of what was kept to find repetitions in files that are imported by now. Nobody looks at it any more, so it need
 * not go with the import; and it may be as much as a whole file, which is more than one statement can remove in its time.
 * @returns whether there may be more
 */
export async function forgetOvertaken(tx: Transaction): Promise<boolean> {
  const [row] = await tx.query<{ forgotten: number }>(FORGET, [FORGOTTEN_AT_ONCE]);
  return row!.forgotten === FORGOTTEN_AT_ONCE;
}

/** Takes some tens of milliseconds. */
const FORGOTTEN_AT_ONCE = 10_000;

/** The files are found by skipping from one to the next in the index, since there may be millions of rows, and few files. */
const FORGET = `
  WITH RECURSIVE file AS (
    (SELECT file_id FROM stock_file_overtaken_row ORDER BY file_id LIMIT 1)
    UNION ALL
    SELECT next.file_id FROM file CROSS JOIN LATERAL (
      SELECT file_id FROM stock_file_overtaken_row WHERE file_id > file.file_id ORDER BY file_id LIMIT 1) AS next
  ), passed AS (
    SELECT rest.* FROM file JOIN stock_file ON stock_file.id = file.file_id AND stock_file.state = 'imported'
     CROSS JOIN LATERAL (
       SELECT file_id, sku, store FROM stock_file_overtaken_row WHERE file_id = file.file_id
        ORDER BY sku, store LIMIT $1 FOR UPDATE SKIP LOCKED) AS rest
     LIMIT $1
  ), forgotten AS (
    DELETE FROM stock_file_overtaken_row AS kept USING passed
     WHERE kept.file_id = passed.file_id AND kept.sku = passed.sku AND kept.store = passed.store RETURNING 1
  )
  SELECT count(*)::int4 AS forgotten FROM forgotten`;

const ADD = `
  INSERT INTO stock (sku, store, count, file_received_at, file_id, file_line)
  SELECT sku, store, count, $5::timestamptz, $6::uuid, line
    FROM unnest($1::text[], $2::text[], $3::int8[], $4::int4[]) AS given (sku, store, count, line)`;

const UNFINISHED = `SELECT FROM stock_file WHERE state <> 'imported' AND rows_read > 0 AND id <> $1 LIMIT 1`;

/**
 * What was there before is read in the same statement, whose snapshot is older than what it writes. Nobody changes it in
 * between, as the items are locked. (With PostgreSQL 18 alone, `RETURNING old.count` would do.)
 */
const WRITTEN = `
  before AS (
    SELECT sku, store, stock.count, file_id, file_line
      FROM stock JOIN unnest($1::text[], $2::text[]) AS given (sku, store) USING (sku, store)
  ), stored AS (${ADD}
    ON CONFLICT (sku, store) DO UPDATE
       SET count = excluded.count, file_received_at = excluded.file_received_at, file_id = excluded.file_id,
           file_line = excluded.file_line
     WHERE (stock.file_received_at, stock.file_id) < (excluded.file_received_at, excluded.file_id)
    RETURNING sku, store, count
  ), written AS (
    SELECT sku, store, before.count AS before, stored.count AS after, file_id AS file_before, file_line AS line_before
      FROM stored LEFT JOIN before USING (sku, store)
  )`;

const SUM_UP = `
  SELECT count(*)::int4 AS written,
         (count(*) FILTER (WHERE before IS NULL))::int4 AS added,
         coalesce(
           json_agg(json_build_object('store', store, 'sku', sku, 'before', before, 'after', after))
             FILTER (WHERE $7 AND before IS DISTINCT FROM after
                        OR after = 0 AND before IS DISTINCT FROM 0
                        OR before = 0 AND after > 0),
           '[]') AS changes
    FROM written`;

const SET = `WITH ${WRITTEN} ${SUM_UP}`;

const SET_BESIDE_OTHERS = `
  WITH ${WRITTEN}, overtaken AS (
    INSERT INTO stock_file_overtaken_row (file_id, sku, store, line)
    SELECT file_before, sku, store, line_before FROM written
     WHERE file_before IN (SELECT id FROM stock_file WHERE state <> 'imported' AND rows_read > 0)
    ON CONFLICT DO NOTHING
  ) ${SUM_UP}`;

/** Rows that were not written are the ones whose line is not in the stock. The counts go unused, but are there. */
const FIND_REPEATED = `
  WITH passed AS (
    SELECT given.sku, given.store, given.line,
           CASE WHEN stock.file_id = $6 THEN stock.file_line ELSE overtaken.line END AS first_line
      FROM unnest($1::text[], $2::text[], $3::int8[], $4::int4[]) AS given (sku, store, count, line)
      JOIN stock ON stock.sku = given.sku AND stock.store = given.store
      LEFT JOIN stock_file_overtaken_row AS overtaken
        ON overtaken.file_id = $6 AND overtaken.sku = given.sku AND overtaken.store = given.store
     WHERE (stock.file_received_at, stock.file_id) > ($5::timestamptz, $6::uuid)
        OR stock.file_id = $6 AND stock.file_line <> given.line
  ), overtaken AS (
    INSERT INTO stock_file_overtaken_row (file_id, sku, store, line)
    SELECT $6, sku, store, line FROM passed WHERE first_line IS NULL
  )
  SELECT line, first_line AS "firstLine" FROM passed WHERE first_line IS NOT NULL`;
