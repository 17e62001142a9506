import { openAsBlob, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from '../common/launcher-error.js';
import { readShop, type RunningShop } from '../data-directory/read-shop.js';
import { callAsOperator } from './operator-client.js';

const POLL_MS = 250;

/** As in `GET /v1/stock-files/{id}`. */
export interface StockFile {
  readonly id: string;
  readonly state: 'received' | 'importing' | 'imported' | 'failed';
  readonly rowsRead: number;
  readonly rowsImported: number;
  readonly rowsRejected: number;
  readonly rejections: readonly { line: number; reason: string }[];
}

/**
 * Sends a CSV file of stock (`store,item,count`, optionally `name`, `unitPriceMinor`) and waits until it is loaded.
 * @throws LauncherError `STOCK.NO_FILE`, `STOCK.FAILED`, or the problem that the shop answered
 */
export async function loadStock(file: string, options: { dataDir: string; json?: boolean }): Promise<void> {
  if (!existsSync(file)) throw new LauncherError('STOCK.NO_FILE', `there is no file ${file}`);
  const shop = readShop(options.dataDir);
  const { id } = await callAsOperator<{ id: string }>(shop, '/v1/stock-files', {
    method: 'POST',
    body: await openAsBlob(file),
    contentType: 'text/csv',
  });
  const result = await untilImported(shop, id);
  if (options.json) console.log(JSON.stringify(result, null, 2));
  else console.log(describe(result));
  if (result.state === 'failed')
    throw new LauncherError('STOCK.FAILED', `${file} could not be loaded: correct it and send it again`);
}

async function untilImported(shop: RunningShop, id: string): Promise<StockFile> {
  for (;;) {
    const file = await callAsOperator<StockFile>(shop, `/v1/stock-files/${id}`);
    if (process.stderr.isTTY) process.stderr.write(`\r${file.state}: ${file.rowsRead} rows `);
    if (file.state === 'imported' || file.state === 'failed') {
      if (process.stderr.isTTY) process.stderr.write('\r');
      return file;
    }
    await sleep(POLL_MS);
  }
}

function describe({ rowsRead, rowsImported, rowsRejected, rejections }: StockFile): string {
  const lines = rejections.map(({ line, reason }) => `  line ${line}: ${reason}`);
  return [`${rowsRead} rows read, ${rowsImported} imported, ${rowsRejected} rejected`, ...lines].join('\n');
}
