import { openAsBlob } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawnShop, type RunningShop } from '@looseleaf/launcher';
import pg from 'pg';
import type { Figure } from '../figure.js';
import { pssBytesOf } from '../process-figures.js';
import { copyFile } from './copy-file.js';
import { watchMemory, type PeakMemory } from './peak-memory.js';
import { writeStockFile } from './stock-file.js';

const MEBIBYTE = 1024 * 1024;
const SETTLE_MS = 3_000;
const POLL_MS = 50;
const STALL_MS = 60_000;

interface Copies {
  readonly withKeyMs: number;
  readonly withoutIndexMs: number;
}

/**
 * How fast a shop loads a stock file of so many rows, from its upload on, against COPY of the same file on the same server;
 * and the memory of the worker that loads it. COPY is measured before and behind, so that a drifting machine cancels out.
 */
export async function benchImport({ rows }: { rows: number }): Promise<Figure[]> {
  const spawned = await spawnShop();
  const directory = await mkdtemp(path.join(tmpdir(), 'looseleaf-import-'));
  const file = path.join(directory, 'stock.csv');
  const client = new pg.Client(spawned.shop().databaseUrl('inventory'));
  try {
    await writeStockFile(file, rows);
    await client.connect();
    await sleep(SETTLE_MS);
    const { pid } = spawned.shop().services.find(({ name }) => name === 'inventory')!.process!;
    const idleBytes = await pssBytesOf([pid]);
    const before = await measureCopies(client, file);
    const memory = watchMemory(pid);
    const importMs = await measureImport(spawned.shop(), file);
    const peak = await memory.peak();
    const behind = await measureCopies(client, file);
    return [speedFigure(rows, importMs, [before, behind]), memoryFigure(peak, idleBytes)];
  } finally {
    await client.end();
    await spawned.stop();
    await rm(directory, { recursive: true });
  }
}

/** Into new tables with the columns of the stock, one with its primary key, one with no index. */
async function measureCopies(client: pg.Client, file: string): Promise<Copies> {
  const measure = async (key: string): Promise<number> => {
    await client.query(`CREATE TABLE copied (LIKE stock INCLUDING DEFAULTS INCLUDING CONSTRAINTS${key})`);
    try {
      return await copyFile(client, 'copied', 'store, sku, count', file);
    } finally {
      await client.query('DROP TABLE copied');
    }
  };
  return { withKeyMs: await measure(', PRIMARY KEY (sku, store)'), withoutIndexMs: await measure('') };
}

/** @returns the time from the end of the upload to the end of the import, in milliseconds */
async function measureImport({ webUrl, operatorKey }: RunningShop, file: string): Promise<number> {
  const headers = { authorization: `Bearer ${operatorKey}`, 'content-type': 'application/json' };
  const content = await openAsBlob(file);
  const body = JSON.stringify({ bytes: content.size });
  const prepared = await checked(fetch(`${webUrl}/v1/stock-files/uploads`, { method: 'POST', headers, body }));
  const upload = (await prepared.json()) as { id: string; url: string; headers: Record<string, string> };
  await checked(fetch(upload.url, { method: 'PUT', headers: upload.headers, body: content }));
  const startedAtMs = performance.now();
  await untilImported(`${webUrl}/v1/stock-files/${upload.id}`, headers);
  return performance.now() - startedAtMs;
}

async function untilImported(address: string, headers: Record<string, string>): Promise<void> {
  let [rowsSeen, progressAtMs] = [0, performance.now()];
  for (;;) {
    const view = (await (await checked(fetch(address, { headers }))).json()) as { state: string; rowsRead: number };
    if (view.state === 'imported') return;
    if (view.rowsRead > rowsSeen) [rowsSeen, progressAtMs] = [view.rowsRead, performance.now()];
    if (view.state === 'failed' || performance.now() - progressAtMs > STALL_MS)
      throw new Error(`the stock file is ${view.state} after ${view.rowsRead} rows`);
    await sleep(POLL_MS);
  }
}

async function checked(answer: Promise<Response>): Promise<Response> {
  const response = await answer;
  if (response.ok) return response;
  throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}

function speedFigure(rows: number, importMs: number, copies: readonly [Copies, Copies]): Figure {
  const mean = (of: keyof Copies): number => (copies[0][of] + copies[1][of]) / 2;
  const perSecond = (ms: number): string => `${Math.round((rows / ms) * 1_000).toLocaleString('en')}/s`;
  const value = mean('withKeyMs') / importMs;
  return {
    name: `import of ${rows.toLocaleString('en')} rows against COPY of the same file`,
    value,
    unit: '×',
    reach: '≥ 0.3',
    reached: value >= 0.3,
    detail:
      `${perSecond(importMs)} against ${perSecond(mean('withKeyMs'))} into a table with the same primary key ` +
      `(and ${perSecond(mean('withoutIndexMs'))} without an index)`,
  };
}

function memoryFigure({ pssBytes, residentBytes }: PeakMemory, idleBytes: number): Figure {
  const mebibytes = (bytes: number): number => Math.round(bytes / MEBIBYTE);
  return {
    name: 'peak memory of the worker during the import (PSS)',
    value: pssBytes / MEBIBYTE,
    unit: 'MiB',
    reach: '≤ 150 MiB',
    reached: pssBytes <= 150 * MEBIBYTE,
    detail: `idle ${mebibytes(idleBytes)} MiB; resident at most ${mebibytes(residentBytes)} MiB, the node binary included`,
  };
}
