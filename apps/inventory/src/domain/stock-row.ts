/** What one row of a stock file says. */
export interface StockRow {
  readonly store: string;
  readonly sku: string;
  /** Units that can be sold from now on; it replaces the count. */
  readonly count: number;
  /** Absent when the file does not say: what is known stays. */
  readonly name?: string;
  readonly unitPriceMinor?: number;
}

/** Column → its position. */
export type StockFileColumns = Readonly<Record<RequiredColumn, number>> &
  Readonly<Partial<Record<OptionalColumn, number>>> & { readonly width: number };
type RequiredColumn = (typeof REQUIRED)[number];
type OptionalColumn = (typeof OPTIONAL)[number];

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

const REQUIRED = ['store', 'item', 'count'] as const;
const OPTIONAL = ['name', 'unitPriceMinor'] as const;
/** The largest 32-bit integer: what most systems that write such files can hold. */
const MAX_INTEGER = 2 ** 31 - 1;
/** Lengths as in the contracts of the events that carry them. */
const MAX_LENGTHS = { store: 128, item: 64, name: 255 };
const MAX_SHOWN = 40;

/** Columns may stand in any order and in whatever case; columns of other names are not read. */
export function parseHeader(fields: readonly string[]): Parsed<StockFileColumns> {
  if (fields.some((field) => field.includes('\uFFFD'))) return fault('the file is not UTF-8 text');
  const names = fields.map((field) => field.trim().toLowerCase());
  const known = [...REQUIRED, ...OPTIONAL].map((column) => column.toLowerCase());
  const twice = known.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  if (twice) return fault(`the header has the column ${twice} twice`);
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    return fault(`the first line must name the columns store,item,count; ${missing.join(', ')} not found`);
  }
  const positionOf = (column: RequiredColumn | OptionalColumn): number => names.indexOf(column.toLowerCase());
  const columns = { store: positionOf('store'), item: positionOf('item'), count: positionOf('count') };
  const optionals = OPTIONAL.filter((column) => positionOf(column) >= 0).map((column) => [column, positionOf(column)]);
  return { ok: true, value: { ...columns, ...Object.fromEntries(optionals), width: names.length } };
}

/** @returns the row, or the first thing that is wrong with it */
export function parseRow(fields: readonly string[], columns: StockFileColumns): Parsed<StockRow> {
  const isWide = fields.length > columns.width && fields.slice(columns.width).some((field) => field !== '');
  if (fields.length < columns.width || isWide)
    return fault(`expected ${columns.width} columns, found ${fields.length}`);
  const store = parseText('store', fields[columns.store]!);
  if (!store.ok) return store;
  const sku = parseText('item', fields[columns.item]!);
  if (!sku.ok) return sku;
  const count = parseInteger('count', fields[columns.count]!);
  if (!count.ok) return count;
  const name = optional(fields, columns.name, parseName);
  if (!name.ok) return name;
  const unitPriceMinor = optional(fields, columns.unitPriceMinor, (text) => parseInteger('unitPriceMinor', text));
  if (!unitPriceMinor.ok) return unitPriceMinor;
  const row = { store: store.value, sku: sku.value, count: count.value };
  return {
    ok: true,
    value: {
      ...row,
      ...(name.value !== undefined && { name: name.value }),
      ...(unitPriceMinor.value !== undefined && { unitPriceMinor: unitPriceMinor.value }),
    },
  };
}

/** A line break within quotes makes sense in a name only; elsewhere a quote was not closed. */
export function mayHoldLineBreaks(fields: readonly string[], columns: StockFileColumns): boolean {
  return fields.every((field, position) => position === columns.name || !/[\r\n]/.test(field));
}

function optional<T>(
  fields: readonly string[],
  position: number | undefined,
  parse: (text: string) => Parsed<T>,
): Parsed<T | undefined> {
  const text = position === undefined ? '' : fields[position]!.trim();
  return text === '' ? { ok: true, value: undefined } : parse(text);
}

function parseName(text: string): Parsed<string> {
  return parseText('name', text.replace(/\s+/g, ' '));
}

function parseText(column: keyof typeof MAX_LENGTHS, field: string): Parsed<string> {
  const text = field.trim();
  if (text === '') return fault(`${column} is empty`);
  if (text.length > MAX_LENGTHS[column]) return fault(`${column} is longer than ${MAX_LENGTHS[column]} characters`);
  if (text.includes('\uFFFD')) return fault(`${column} is not UTF-8 text`);
  if (/\p{Cc}/u.test(text)) return fault(`${column} holds a control character`);
  return { ok: true, value: text };
}

function parseInteger(column: string, field: string): Parsed<number> {
  const text = field.trim();
  if (text === '') return fault(`${column} is empty`);
  if (/^-\d+$/.test(text)) return fault(`${column} is negative: ${shorten(text)}`);
  if (!/^\d+$/.test(text)) return fault(`${column} is not a whole number: ${shorten(text)}`);
  const value = Number(text);
  return value <= MAX_INTEGER ? { ok: true, value } : fault(`${column} is above ${MAX_INTEGER}: ${shorten(text)}`);
}

function shorten(text: string): string {
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  return JSON.stringify(shown);
}

function fault(reason: string): { ok: false; reason: string } {
  return { ok: false, reason };
}
