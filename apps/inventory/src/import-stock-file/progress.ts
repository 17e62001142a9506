import {
  INVENTORY_EVENTS_TOPIC,
  stockFileImported,
  type ImportStockFile as ImportStockFileCommand,
} from '@looseleaf/contracts';
import { createCheckedMessage, UnavailableError, type Message } from '@looseleaf/messaging';
import { int4Array, textArray, type Transaction } from '@looseleaf/persistence';
import { publishStockChanges } from '../stock/publish-stock-changes.js';
import type { Chunk, Rejection } from './chunk.js';
import { loadStock } from './load-stock.js';
import type { FilePosition } from './read-records.js';

type Command = Message<ImportStockFileCommand>;

/** How much of a file is committed. */
export interface Progress {
  readonly rowsRead: number;
  /** Where the next row begins; means nothing while `rowsRead` is 0. */
  readonly position: FilePosition;
}

/** Another process imports the same file and is ahead. The message goes back, and later goes on behind that one. */
export class ImportOvertakenError extends UnavailableError {
  constructor(fileId: string) {
    super(`stock file ${fileId}, which another process imports,`, { code: 'STOCK_FILE.OVERTAKEN' });
  }
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

/** Begins the import or goes on with it, also after it failed; `undefined` when the file is imported. */
export async function resume(tx: Transaction, fileId: string): Promise<Progress | undefined> {
  const [file] = await tx.query<{ rows_read: number; next_byte: number; next_line: number }>(
    `UPDATE stock_file SET state = 'importing', failure = NULL, finished_at = NULL WHERE id = $1 AND state <> 'imported'
     RETURNING rows_read, next_byte::float8 AS next_byte, next_line`,
    [fileId],
  );
  return file && { rowsRead: file.rows_read, position: { byte: file.next_byte, line: file.next_line } };
}

/**
 * Commits a chunk's rows, rejections and events, and with them the place where the next chunk begins.
 * @throws ImportOvertakenError when the chunk does not begin where the committed ones end
 */
export async function commitChunk(tx: Transaction, command: Command, chunk: Chunk, isLast: boolean): Promise<void> {
  const totals = await advance(tx, command.body.fileId, chunk, isLast);
  await insertRejections(tx, command.body.fileId, chunk.rejections);
  publishStockChanges(tx, await loadStock(tx, chunk), command);
  if (isLast) {
    const body = { fileId: command.body.fileId, ...totals };
    tx.publish(INVENTORY_EVENTS_TOPIC, [createCheckedMessage(stockFileImported, body, command)]);
  }
}

/** Gives up a file as a whole. */
export async function failFile(tx: Transaction, fileId: string, reason: string): Promise<void> {
  await tx.query(
    `UPDATE stock_file SET state = 'failed', failure = $2, finished_at = now()
      WHERE id = $1 AND state IN ('received', 'importing')`,
    [fileId, reason],
  );
}

/** Its row lock makes two imports of the same file take turns; the condition on the rows before lets one of them win. */
async function advance(
  tx: Transaction,
  fileId: string,
  chunk: Chunk,
  isLast: boolean,
): Promise<{ rowsImported: number; rowsRejected: number }> {
  const [file] = await tx.query<{ rows_imported: number; rows_rejected: number }>(
    `UPDATE stock_file
        SET state = $2, finished_at = CASE WHEN $2 = 'imported' THEN now() END,
            rows_read = rows_read + $4 + $5, rows_imported = rows_imported + $4, rows_rejected = rows_rejected + $5,
            next_byte = $6, next_line = $7
      WHERE id = $1 AND state = 'importing' AND rows_read = $3
      RETURNING rows_imported, rows_rejected`,
    [
      fileId,
      isLast ? 'imported' : 'importing',
      chunk.rowsBefore,
      chunk.rowsImported,
      chunk.rejections.length,
      chunk.end.byte,
      chunk.end.line,
    ],
  );
  if (!file) throw new ImportOvertakenError(fileId);
  return { rowsImported: file.rows_imported, rowsRejected: file.rows_rejected };
}

async function insertRejections(tx: Transaction, fileId: string, rejections: readonly Rejection[]): Promise<void> {
  if (rejections.length === 0) return;
  await tx.query(
    `INSERT INTO stock_file_rejection (file_id, row_number, line, reason)
     SELECT $1::uuid, * FROM unnest($2::int4[], $3::int4[], $4::text[])`,
    [
      fileId,
      int4Array(rejections.map(({ rowNumber }) => rowNumber)),
      int4Array(rejections.map(({ line }) => line)),
      textArray(rejections.map(({ reason }) => reason)),
    ],
  );
}
