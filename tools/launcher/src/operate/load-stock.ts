import { stat } from 'node:fs/promises';
import { LauncherError } from '../common/launcher-error.js';
import { ProgressLine } from '../common/progress-line.js';
import { readShop, type RunningShop } from '../data-directory/read-shop.js';
import { callAsOperator } from './operator-client.js';
import { putFile, type Upload } from './put-file.js';
import { untilImported, type StockFile } from './until-imported.js';

const MIB = 2 ** 20;
/** As a shell reports a program that Ctrl-C ended. */
const INTERRUPTED_EXIT_CODE = 130;

/**
 * Uploads a CSV file of stock (`store,item,count`, optionally `name`, `unitPriceMinor`), whatever its size, and waits until it
 * is loaded. Ctrl-C ends the waiting; a file that has arrived is loaded all the same.
 * @throws LauncherError `STOCK.NO_FILE`, `STOCK.EMPTY`, `STOCK.FAILED`, or the problem that the shop answered
 */
export async function loadStock(file: string, options: { dataDir: string; json?: boolean }): Promise<void> {
  const bytes = await sizeOf(file);
  const shop = readShop(options.dataDir);
  const line = new ProgressLine();
  const interruption = new Interruption(`${file} was not uploaded; run the command again`);
  try {
    const id = await upload(file, bytes, shop, line, interruption.signal);
    const later = `curl -s ${shop.webUrl}/v1/stock-files/${id}`;
    interruption.advice = `${file} has arrived and will be loaded. How it goes: ${later}`;
    report(file, await untilImported(shop, id, { line, later, signal: interruption.signal }), options, line);
  } catch (error) {
    line.clear();
    if (!interruption.signal.aborted) throw error;
    console.error(interruption.advice);
    process.exitCode = INTERRUPTED_EXIT_CODE;
  } finally {
    interruption.end();
  }
}

/** Ctrl-C, with what to say then. */
class Interruption {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  private readonly onSignal = (): void => this.controller.abort();

  constructor(public advice: string) {
    process.once('SIGINT', this.onSignal);
  }

  end(): void {
    process.off('SIGINT', this.onSignal);
  }
}

async function sizeOf(file: string): Promise<number> {
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile()) throw new LauncherError('STOCK.NO_FILE', `there is no file ${file}`);
  if (status.size > 0) return status.size;
  throw new LauncherError('STOCK.EMPTY', `${file} is empty: it should begin with the line store,item,count`);
}

/** @returns the id of the stock file, which has arrived */
async function upload(
  file: string,
  bytes: number,
  shop: RunningShop,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<string> {
  const { id, ...address } = await callAsOperator<Upload & { id: string }>(shop, '/v1/stock-files/uploads', {
    method: 'POST',
    body: new Blob([JSON.stringify({ bytes })]),
    contentType: 'application/json',
  });
  const total = (bytes / MIB).toFixed(1);
  const onProgress = (sentBytes: number): void =>
    line.show(`uploading: ${(sentBytes / MIB).toFixed(1)} of ${total} MiB, ${Math.floor((100 * sentBytes) / bytes)} %`);
  await putFile(file, address, { bytes, onProgress, signal });
  return id;
}

function report(file: string, result: StockFile, { json }: { json?: boolean }, line: ProgressLine): void {
  line.clear();
  console.log(json ? JSON.stringify(result, null, 2) : describe(result));
  if (result.state !== 'failed') return;
  const reason = result.failure === undefined ? '' : `: ${result.failure}`;
  throw new LauncherError('STOCK.FAILED', `${file} could not be loaded${reason}. Correct it and send it again`);
}

function describe({ id, rowsRead, rowsImported, rowsRejected, rejections }: StockFile): string {
  const lines = rejections.map((rejection) => `  line ${rejection.line}: ${rejection.reason}`);
  const more = rowsRejected - rejections.length;
  if (more > 0) lines.push(`  and ${more} more: GET /v1/stock-files/${id}/rejections.csv has all of them`);
  return [`${rowsRead} rows read, ${rowsImported} imported, ${rowsRejected} rejected`, ...lines].join('\n');
}
