import { ReplayError } from '../replay.error.js';

/** One line of an invoice, as the file has it. */
export interface TradeRow {
  /** Line of the file, from 1; the header is line 1. */
  readonly line: number;
  readonly invoice: string;
  /** Stock code in upper case: the data writes `85049b` and `85049B` for the same item. */
  readonly sku: string;
  readonly description: string;
  /** Negative in cancellations and stock adjustments; never 0. */
  readonly quantity: number;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  readonly unitPriceMinor: number;
  readonly customerId?: string;
}

/** A row that is no trade, and why. */
export interface MalformedRow {
  readonly line: number;
  readonly fault: string;
}

const COLUMNS = [
  'InvoiceNo',
  'StockCode',
  'Description',
  'Quantity',
  'InvoiceDate',
  'UnitPrice',
  'CustomerID',
] as const;
type Column = (typeof COLUMNS)[number];

/** Where each column is, and how many there are. */
export interface Layout {
  readonly width: number;
  readonly index: Readonly<Record<Column, number>>;
}

/** @throws ReplayError `REPLAY.COLUMN_MISSING` when the header lacks a column of the data set */
export function readLayout(header: readonly string[]): Layout {
  const missing = COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new ReplayError('REPLAY.COLUMN_MISSING', `the file's first line lacks the columns ${missing.join(', ')}`);
  }
  const index = Object.fromEntries(COLUMNS.map((column) => [column, header.indexOf(column)])) as Record<Column, number>;
  return { width: header.length, index };
}

/** Reads one record. Says which field is wrong instead of throwing: trade data is dirty, and one row must not stop a run. */
export function parseRow(fields: readonly string[], line: number, layout: Layout): TradeRow | MalformedRow {
  if (fields.length !== layout.width) return { line, fault: `${fields.length} fields instead of ${layout.width}` };
  const field = (column: Column): string => fields[layout.index[column]]!.trim();
  const quantity = Number(field('Quantity'));
  const unitPriceMinor = Math.round(Number(field('UnitPrice')) * 100);
  const customerId = field('CustomerID').replace(/\.0$/, '');
  const row = {
    line,
    invoice: field('InvoiceNo').toUpperCase(),
    sku: field('StockCode').toUpperCase(),
    description: field('Description'),
    quantity,
    day: field('InvoiceDate').slice(0, 10),
    unitPriceMinor,
    ...(customerId !== '' && { customerId }),
  };
  const fault = faultOf(row, field('UnitPrice'));
  return fault === undefined ? row : { line, fault };
}

function faultOf(row: TradeRow, price: string): string | undefined {
  if (row.invoice === '' || row.invoice.length > 64) return 'InvoiceNo is empty or too long';
  if (row.sku === '' || row.sku.length > 64) return 'StockCode is empty or too long';
  if (!Number.isSafeInteger(row.quantity) || row.quantity === 0) return 'Quantity is no whole number other than 0';
  if (!/^\d{4}-\d\d-\d\d$/.test(row.day)) return 'InvoiceDate is no date';
  if (price === '' || !Number.isSafeInteger(row.unitPriceMinor)) return 'UnitPrice is no number';
  if ((row.customerId?.length ?? 0) > 255) return 'CustomerID is too long';
  return undefined;
}
