import { setTimeout as sleep } from 'node:timers/promises';
import { LauncherError } from '../common/launcher-error.js';
import type { ProgressLine } from '../common/progress-line.js';
import type { RunningShop } from '../data-directory/read-shop.js';
import { callAsOperator } from './operator-client.js';

const POLL_MS = 250;
/** As long as a service may take to come back. */
const PATIENCE_MS = 60_000;
/** The rate is that of the last seconds, so that it follows what happens. */
const RATE_WINDOW_MS = 3_000;

/** As in `GET /v1/stock-files/{id}`. */
export interface StockFile {
  readonly id: string;
  readonly state: 'awaiting-upload' | 'received' | 'importing' | 'imported' | 'failed';
  readonly failure?: string;
  readonly rowsRead: number;
  readonly rowsImported: number;
  readonly rowsRejected: number;
  readonly rejections: readonly { line: number; reason: string }[];
}

export interface UntilImportedOptions {
  readonly line: ProgressLine;
  /** The command that shows how the import goes, for messages. */
  readonly later: string;
  readonly signal: AbortSignal;
}

/**
 * Waits for the end of an import, through outages that are not too long, and shows how it goes.
 * @throws LauncherError of the call that failed when it has failed for a minute
 */
export async function untilImported(
  shop: RunningShop,
  id: string,
  { line, later, signal }: UntilImportedOptions,
): Promise<StockFile> {
  const rate = new Rate();
  let answeredAtMs = performance.now();
  for (;;) {
    try {
      const file = await callAsOperator<StockFile>(shop, `/v1/stock-files/${id}`);
      if (file.state === 'imported' || file.state === 'failed') return file;
      answeredAtMs = performance.now();
      line.show(describe(file, rate.after(file.rowsRead)));
    } catch (error) {
      if (!(error instanceof LauncherError)) throw error;
      line.show(`waiting: ${error.message}`);
      if (performance.now() - answeredAtMs > PATIENCE_MS) {
        const message = `${error.message}. The file has arrived and will be loaded; how it goes: ${later}`;
        throw new LauncherError(error.code, message, { cause: error });
      }
    }
    await sleep(POLL_MS, undefined, { signal });
  }
}

function describe({ state, rowsRead, rowsRejected }: StockFile, rowsPerSecond: number): string {
  if (state !== 'importing') return `${state}: waits for its turn`;
  const [rows, speed, rejected] = [rowsRead, rowsPerSecond, rowsRejected].map((count) => count.toLocaleString('en'));
  return `importing: ${rows} rows, ${speed} rows/s, ${rejected} rejected`;
}

/** Rows a second, over a sliding window. */
class Rate {
  private readonly samples: { readonly atMs: number; readonly rows: number }[] = [];

  /** @param rows read so far @returns rows a second, whole */
  after(rows: number): number {
    const atMs = performance.now();
    this.samples.push({ atMs, rows });
    while (this.samples.length > 2 && atMs - this.samples[0]!.atMs > RATE_WINDOW_MS) this.samples.shift();
    const first = this.samples[0]!;
    return atMs === first.atMs ? 0 : Math.round(((rows - first.rows) * 1_000) / (atMs - first.atMs));
  }
}
