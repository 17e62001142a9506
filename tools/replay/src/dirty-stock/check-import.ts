import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { StockFile } from '../shop/wait-until-imported.js';
import { compareRejections } from './compare-rejections.js';
import { compareStock } from './compare-stock.js';
import type { BadRow, DirtyStockFile } from './dirty-stock-file.js';
import { readRejections, sendStockFile, untilImported, type OperatorAccess } from './send-stock-file.js';

/** The shop to check; what `readShop` of the launcher answers fits. */
export interface InventoryAccess extends OperatorAccess {
  /** For a role that may read everything. */
  databaseUrl(database: 'inventory'): string;
}

export interface CheckOptions {
  /** The longest time without a row read. */
  readonly stallMs: number;
  onProgress(rowsRead: number): void;
}

/** What became of a dirty file. */
export interface ImportCheck {
  readonly rows: number;
  readonly badRows: number;
  readonly state: StockFile['state'];
  readonly rowsImported: number;
  readonly rowsRejected: number;
  /** From the end of the upload to the end of the import. */
  readonly importMs: number;
  readonly stockRows: number;
  /** What is otherwise than it should be, in words; empty when just the bad rows were rejected and all others loaded. */
  readonly faults: readonly string[];
}

/** Loads a dirty file into a running shop, and compares its rejections and its stock with what they should be. */
export async function checkImport(
  shop: InventoryAccess,
  file: DirtyStockFile,
  { stallMs, onProgress }: CheckOptions,
): Promise<ImportCheck> {
  const directory = await mkdtemp(path.join(tmpdir(), 'looseleaf-stock-'));
  try {
    const bad: BadRow[] = [];
    const csv = path.join(directory, 'stock.csv');
    await pipeline(Readable.from(file.pieces((row) => bad.push(row))), createWriteStream(csv));
    const address = await sendStockFile(shop, csv);
    const sentAtMs = performance.now();
    const view = await untilImported(address, stallMs, onProgress);
    const importMs = performance.now() - sentAtMs;
    const stock = await compareStock(shop.databaseUrl('inventory'), file);
    return {
      rows: file.options.rows,
      badRows: bad.length,
      state: view.state,
      rowsImported: view.rowsImported,
      rowsRejected: view.rowsRejected,
      importMs,
      stockRows: stock.rows,
      faults: [...compareRejections(bad, await readRejections(address)), ...stock.faults],
    };
  } finally {
    await rm(directory, { recursive: true });
  }
}
