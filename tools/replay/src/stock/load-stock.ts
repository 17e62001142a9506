import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../report/progress.js';
import { ReplayError } from '../replay.error.js';
import type { HttpCall } from '../send/http-client.js';
import { isGivenUp, type PersistentCaller, type TimedAnswer } from '../send/persistent-caller.js';
import type { CatalogueItem } from '../trade/catalogue.js';
import { stockFiles } from './stock-files.js';

const POLL_MS = 100;

export interface LoadStockOptions {
  readonly caller: PersistentCaller;
  readonly operatorKey: string;
  readonly runId: string;
  readonly items: readonly CatalogueItem[];
  /** Stock as a share of the demand. */
  readonly factor: number;
  /** The longest time without a row loaded. */
  readonly stallMs: number;
  readonly progress: Progress;
}

interface StockFileView {
  readonly state: 'received' | 'importing' | 'imported' | 'failed';
  readonly rowsRead: number;
  readonly rowsImported: number;
  readonly rowsRejected: number;
  readonly rejections: readonly { readonly line: number; readonly reason: string }[];
}

/**
 * Uploads the items as stock files and waits until the shop has loaded every row. A file sets counts, so loading twice
 * is the same as once.
 * @returns rows loaded
 * @throws ReplayError `REPLAY.STOCK_NOT_TAKEN`, `REPLAY.STOCK_REJECTED`, `REPLAY.STOCK_STALLED`
 */
export async function loadStock(options: LoadStockOptions): Promise<number> {
  let rows = 0;
  let number = 0;
  for (const file of stockFiles(options.items, options.factor)) {
    number += 1;
    rows += await loadFile(file, `${options.runId}:stock:${number}`, rows, options);
  }
  return rows;
}

async function loadFile(file: string, key: string, rowsBefore: number, options: LoadStockOptions): Promise<number> {
  const headers = authorization(options);
  const uploaded = await call(options, {
    method: 'POST',
    path: '/v1/stock-files',
    headers: { ...headers, 'content-type': 'text/csv', 'idempotency-key': key },
    body: file,
  });
  const path = uploaded.headers.location;
  if (uploaded.status !== 202 || path === undefined) throw notTaken(`answered ${describe(uploaded)}`);
  const view = await waitUntilLoaded(path, rowsBefore, options);
  if (view.state === 'imported' && view.rowsRejected === 0) return view.rowsImported;
  const examples = view.rejections.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
  throw new ReplayError(
    'REPLAY.STOCK_REJECTED',
    `stock file ${path} is ${view.state}, ${view.rowsRejected} rows rejected. ${examples.join('; ')}`,
  );
}

async function waitUntilLoaded(path: string, rowsBefore: number, options: LoadStockOptions): Promise<StockFileView> {
  let rowsRead = -1;
  let movedAt = performance.now();
  for (;;) {
    const answer = await call(options, { method: 'GET', path, headers: authorization(options) });
    if (answer.status !== 200) throw notTaken(`answered ${describe(answer)} for ${path}`);
    const view = answer.body as StockFileView;
    if (view.state === 'imported' || view.state === 'failed') return view;
    if ((view.rowsRead ?? 0) > rowsRead) {
      rowsRead = view.rowsRead ?? 0;
      movedAt = performance.now();
      options.progress.update(rowsBefore + rowsRead);
    } else if (performance.now() - movedAt > options.stallMs) {
      throw new ReplayError('REPLAY.STOCK_STALLED', `stock file ${path} is ${view.state} at row ${rowsRead} and rests`);
    }
    await sleep(POLL_MS);
  }
}

async function call(options: LoadStockOptions, request: HttpCall): Promise<TimedAnswer> {
  const answer = await options.caller.call(request);
  if (isGivenUp(answer)) throw notTaken(`gave no answer (${answer.givenUp})`);
  return answer;
}

function authorization({ operatorKey }: LoadStockOptions): Record<string, string> {
  return { authorization: `Bearer ${operatorKey}` };
}

function notTaken(detail: string): ReplayError {
  return new ReplayError('REPLAY.STOCK_NOT_TAKEN', `the shop did not take the stock file: it ${detail}`);
}

function describe({ status, body }: TimedAnswer): string {
  const { code, detail } = (body ?? {}) as { code?: string; detail?: string };
  return [status, code, detail].filter((part) => part !== undefined).join(' ');
}
