import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { parse } from 'csv-parse';
import { ReplayError } from '../replay.error.js';
import { type MalformedRow, parseRow, readLayout, type TradeRow } from './trade-row.js';

interface CsvRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Rows of one invoice that follow each other in the file. */
export interface InvoiceRows {
  readonly invoice: string;
  readonly rows: TradeRow[];
}

export interface ReadOptions {
  /** First and last day to read, `YYYY-MM-DD`, both included. */
  readonly from?: string;
  readonly to?: string;
  onMalformed(row: MalformedRow): void;
}

/**
 * Streams a trade file, gzipped when its name ends in `.gz`, as invoices in the file's order. An invoice whose rows are
 * interrupted by another invoice comes twice.
 * @throws ReplayError `REPLAY.FILE_UNREADABLE`, or `REPLAY.COLUMN_MISSING` when it is no trade file
 */
export async function* readTrade(file: string, options: ReadOptions): AsyncGenerator<InvoiceRows> {
  let current: InvoiceRows | undefined;
  for await (const row of readRows(file, options)) {
    if (current?.invoice !== row.invoice) {
      if (current) yield current;
      current = { invoice: row.invoice, rows: [] };
    }
    current.rows.push(row);
  }
  if (current) yield current;
}

async function* readRows(file: string, options: ReadOptions): AsyncGenerator<TradeRow> {
  let layout: ReturnType<typeof readLayout> | undefined;
  for await (const { record, info } of readRecords(file)) {
    if (layout === undefined) {
      layout = readLayout(record);
      continue;
    }
    const row = parseRow(record, info.lines, layout);
    if ('fault' in row) options.onMalformed(row);
    else if (isChosen(row.day, options)) yield row;
  }
  if (layout === undefined) throw new ReplayError('REPLAY.COLUMN_MISSING', `${file} is empty`);
}

function isChosen(day: string, { from, to }: ReadOptions): boolean {
  return (from === undefined || day >= from) && (to === undefined || day <= to);
}

async function* readRecords(file: string): AsyncGenerator<CsvRecord> {
  const csv = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true });
  const source = createReadStream(file);
  const fail = (error?: Error | null): void => {
    if (error) csv.destroy(error);
  };
  if (file.endsWith('.gz')) pipeline(source, createGunzip(), csv, fail);
  else pipeline(source, csv, fail);
  try {
    yield* csv as AsyncIterable<CsvRecord>;
  } catch (cause) {
    throw new ReplayError('REPLAY.FILE_UNREADABLE', `${file} cannot be read: ${String(cause)}`, { cause });
  }
}
