import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopClient } from './shop-client.js';
import { ShopError } from './shop.error.js';

const POLL_MS = 200;
const STALL_MS = 120_000;

/** `GET /v1/stock-files/{id}`. */
export interface StockFile {
  readonly id: string;
  readonly state: 'awaiting-upload' | 'received' | 'importing' | 'imported' | 'failed';
  readonly rowsRead: number;
  readonly rowsImported: number;
  readonly rowsRejected: number;
}

/** Has a stock file imported, and resolves when that is over, however it went. @throws ShopError */
export async function importStockFile(shop: ShopClient, csv: string): Promise<StockFile> {
  const { id } = await shop.post<{ id: string }>('/v1/stock-files', csv, 'text/csv');
  return waitUntilImported(shop, id);
}

/** Resolves when the file is imported, or has failed. @throws ShopError `SHOP.STOCK_STALLED` when nothing moves */
export async function waitUntilImported(shop: ShopClient, id: string): Promise<StockFile> {
  let rowsRead = -1;
  let giveUpAt = 0;
  for (;;) {
    const file = await shop.get<StockFile>(`/v1/stock-files/${id}`);
    if (file.state === 'imported' || file.state === 'failed') return file;
    if ((file.rowsRead ?? 0) > rowsRead) {
      rowsRead = file.rowsRead ?? 0;
      giveUpAt = Date.now() + STALL_MS;
    } else if (Date.now() > giveUpAt) {
      throw new ShopError('SHOP.STOCK_STALLED', `stock file ${id} is ${file.state} at row ${rowsRead} and rests`);
    }
    await sleep(POLL_MS);
  }
}
