import { type ImportStockFile as ImportStockFileCommand } from '@looseleaf/contracts';
import { UnavailableError, type Message } from '@looseleaf/messaging';
import { int4Array, textArray, type Transaction } from '@looseleaf/persistence';
import type { FileOrder } from '../stock/set-counts.js';
import type { Chunk, Rejection } from './chunk.js';
import type { FilePosition } from './file-record.js';

type Command = Message<ImportStockFileCommand>;

/** How much of a file is committed. */
export interface Progress {
  readonly order: FileOrder;
  readonly rowsRead: number;
  /** Where the next row begins; means nothing while `rowsRead` is 0. */
  readonly position: FilePosition;
}

/** Rows of a file that have had their turn. */
export interface Totals {
  readonly rowsImported: number;
  readonly rowsRejected: number;
}

/** Another process imports the same file and is ahead. The message goes back, and later goes on behind that one. */
export class ImportOvertakenError extends UnavailableError {
  constructor(fileId: string) {
    super(`stock file ${fileId}, which another process imports,`, { code: 'STOCK_FILE.OVERTAKEN' });
  }
}

/** Which slice of its file's import a command is for. */
export function sliceOf({ body }: Command): number {
  return body.slice ?? 0;
}

/** Notes files that are not known yet. */
export async function recordReceived(tx: Transaction, commands: readonly Command[]): Promise<void> {
  for (const { body } of commands) {
    await tx.query(
      `INSERT INTO stock_file (id, object_key, state, bytes, received_at) VALUES ($1, $2, 'received', $3, $4)
       ON CONFLICT (id) DO NOTHING`,
      [body.fileId, body.objectKey, body.bytes, body.receivedAt],
    );
  }
}

/**
 * Begins the import or goes on with it, also after it failed; `undefined` when the file is imported, or the slice of the
 * command is over and the next one has a command of its own.
 * @param failure says that the import counts as failed until something is committed: nobody might be left to say so later
 */
export async function resume(
  tx: Transaction,
  command: Command,
  failure: string | undefined,
): Promise<Progress | undefined> {
  const [file] = await tx.query<{ received_at: string; rows_read: number; next_byte: number; next_line: number }>(
    `UPDATE stock_file
        SET state = CASE WHEN $3::text IS NULL THEN 'importing' ELSE 'failed' END, failure = $3,
            finished_at = CASE WHEN $3 IS NOT NULL THEN now() END
      WHERE id = $1 AND slice <= $2 AND state <> 'imported'
     RETURNING received_at::text, rows_read, next_byte::float8 AS next_byte, next_line`,
    [command.body.fileId, sliceOf(command), failure],
  );
  return (
    file && {
      order: { fileId: command.body.fileId, receivedAt: file.received_at },
      rowsRead: file.rows_read,
      position: { byte: file.next_byte, line: file.next_line },
    }
  );
}

/** Takes back the failure that `resume` noted: the import was not to blame, and goes on later. */
export async function stayImporting(tx: Transaction, fileId: string): Promise<void> {
  await tx.query(
    `UPDATE stock_file SET state = 'importing', failure = NULL, finished_at = NULL WHERE id = $1 AND state = 'failed'`,
    [fileId],
  );
}

/**
 * Makes two imports of the same file take turns, and lets one of them win.
 * @throws ImportOvertakenError when the chunk does not begin where the committed ones end
 */
export async function lockFile(tx: Transaction, fileId: string, chunk: Chunk): Promise<void> {
  const [file] = await tx.query(
    `SELECT id FROM stock_file WHERE id = $1 AND rows_read = $2 AND state IN ('importing', 'failed') FOR NO KEY UPDATE`,
    [fileId, chunk.rowsBefore],
  );
  if (!file) throw new ImportOvertakenError(fileId);
}

/** Notes that a chunk's rows have had their turn, with the place where the next chunk begins. */
export async function advance(
  tx: Transaction,
  command: Command,
  chunk: Chunk,
  rejections: readonly Rejection[],
): Promise<Totals> {
  await insertRejections(tx, command.body.fileId, rejections);
  const [totals] = await tx.query<Totals>(
    `UPDATE stock_file
        SET state = $2, failure = NULL, finished_at = CASE WHEN $2 = 'imported' THEN now() END, slice = $3,
            rows_read = rows_read + $4, rows_rejected = rows_rejected + $5, rows_imported = rows_imported + $4 - $5,
            next_byte = $6, next_line = $7
      WHERE id = $1
      RETURNING rows_imported AS "rowsImported", rows_rejected AS "rowsRejected"`,
    [
      command.body.fileId,
      chunk.isLast ? 'imported' : 'importing',
      sliceOf(command) + 1,
      chunk.rowsRead,
      rejections.length,
      chunk.end.byte,
      chunk.end.line,
    ],
  );
  return totals!;
}

/** Gives up a file as a whole. */
export async function failFile(tx: Transaction, fileId: string, reason: string): Promise<void> {
  await tx.query(
    `UPDATE stock_file SET state = 'failed', failure = $2, finished_at = now() WHERE id = $1 AND state <> 'imported'`,
    [fileId, reason],
  );
}

async function insertRejections(tx: Transaction, fileId: string, rejections: readonly Rejection[]): Promise<void> {
  if (rejections.length === 0) return;
  await tx.query(
    `INSERT INTO stock_file_rejection (file_id, line, reason)
     SELECT $1::uuid, * FROM unnest($2::int4[], $3::text[])`,
    [fileId, int4Array(rejections.map(({ line }) => line)), textArray(rejections.map(({ reason }) => reason))],
  );
}
