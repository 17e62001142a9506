import { openAsBlob } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'csv-parse/sync';
import { ReplayError } from '../replay.error.js';
import type { StockFile } from '../shop/wait-until-imported.js';
import type { Rejection } from './compare-rejections.js';

const POLL_MS = 200;

/** A running shop, for its operator. */
export interface OperatorAccess {
  readonly webUrl: string;
  readonly operatorKey: string;
}

/**
 * Sends a stock file of any size: asks for an address and puts it there.
 * @returns where to read how its import goes
 */
export async function sendStockFile(shop: OperatorAccess, file: string): Promise<string> {
  const content = await openAsBlob(file);
  const prepared = await call(`${shop.webUrl}/v1/stock-files/uploads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${shop.operatorKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ bytes: content.size }),
  });
  const { id, url, headers } = (await prepared.json()) as { id: string; url: string; headers: Record<string, string> };
  await call(url, { method: 'PUT', headers, body: content });
  return `${shop.webUrl}/v1/stock-files/${id}`;
}

/**
 * Resolves when the import is over.
 * @param stallMs the longest time without a row read
 * @throws ReplayError `REPLAY.STOCK_STALLED`
 */
export async function untilImported(
  address: string,
  stallMs: number,
  onProgress: (rowsRead: number) => void,
): Promise<StockFile> {
  let rowsRead = 0;
  let movedAtMs = performance.now();
  for (;;) {
    const view = (await (await call(address)).json()) as StockFile;
    if (view.state === 'imported' || view.state === 'failed') return view;
    if (view.rowsRead > rowsRead) {
      movedAtMs = performance.now();
      onProgress((rowsRead = view.rowsRead));
    } else if (performance.now() - movedAtMs > stallMs) {
      throw new ReplayError('REPLAY.STOCK_STALLED', `${address} is ${view.state} at row ${rowsRead} and rests`);
    }
    await sleep(POLL_MS);
  }
}

export async function readRejections(address: string): Promise<Rejection[]> {
  const csv = await (await call(`${address}/rejections.csv`)).text();
  const rows = parse(csv, { columns: true }) as { line: string; reason: string }[];
  return rows.map(({ line, reason }) => ({ line: Number(line), reason }));
}

/** @throws ReplayError `REPLAY.STOCK_NOT_TAKEN` */
async function call(url: string, options?: RequestInit): Promise<Response> {
  const answer = await fetch(url, options);
  if (answer.ok) return answer;
  const path = new URL(url).pathname;
  throw new ReplayError(
    'REPLAY.STOCK_NOT_TAKEN',
    `the shop answered ${answer.status} for ${path}: ${await answer.text()}`,
  );
}
