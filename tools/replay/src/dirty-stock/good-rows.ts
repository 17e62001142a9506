import type { Random } from './random.js';
import type { StockFacts } from './stock-facts.js';

/** Ways to write a row that are all good, and all mean the same. */
const FORMS: readonly ((facts: StockFacts) => string)[] = [
  plain,
  plain,
  plain,
  // Of spreadsheets on Windows.
  (facts) => line(Object.values(columnsOf(facts)).map(quote), '\r\n'),
  // Everything in quotes.
  (facts) => line(Object.values(columnsOf(facts)).map(inQuotes)),
  // Line breaks within a name, which count as spaces.
  (facts) => line([...keysOf(facts), inQuotes(facts.name.replaceAll(' ', '\n')), `${facts.unitPriceMinor}`]),
  (facts) => line([...keysOf(facts), inQuotes(facts.name.replace(' ', '\r\n')), `${facts.unitPriceMinor}`], '\r\n'),
  // Spaces around, zeros in front.
  (facts) =>
    line([` ${facts.store} `, `\t${facts.sku}`, `00${facts.count} `, quote(facts.name), ` ${facts.unitPriceMinor}`]),
  // Columns beyond the last, all of them empty.
  (facts) => line([...Object.values(columnsOf(facts)).map(quote), '', '']),
  // Empty lines before and after.
  (facts) => `\n${plain(facts)}\r\n`,
];

/** A good row, line end included. */
export function goodRow(facts: StockFacts, random: Random): string {
  return random.pick(FORMS)(facts);
}

export function plain(facts: StockFacts): string {
  return line(Object.values(columnsOf(facts)).map(quote));
}

/** The columns in the order of the header. */
export function columnsOf({ store, sku, count, name, unitPriceMinor }: StockFacts): Record<Column, string> {
  return { store, item: sku, count: `${count}`, name, unitPriceMinor: `${unitPriceMinor}` };
}
export type Column = 'store' | 'item' | 'count' | 'name' | 'unitPriceMinor';
export const HEADER = 'store,item,count,name,unitPriceMinor\n';

function keysOf({ store, sku, count }: StockFacts): string[] {
  return [store, sku, `${count}`];
}

export function line(fields: readonly string[], end = '\n'): string {
  return fields.join(',') + end;
}

export function quote(text: string): string {
  return /[",\r\n]/.test(text) ? inQuotes(text) : text;
}

function inQuotes(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
