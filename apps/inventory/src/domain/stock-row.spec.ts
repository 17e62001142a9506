import { mayHoldLineBreaks, parseHeader, parseRow, type StockFileColumns } from './stock-row.js';

function columnsOf(header: string): StockFileColumns {
  const columns = parseHeader(header.split(','));
  if (!columns.ok) throw new Error(columns.reason);
  return columns.value;
}

const row = (text: string, header = 'store,item,count'): unknown => {
  const parsed = parseRow(text.split('|'), columnsOf(header));
  return parsed.ok ? parsed.value : parsed.reason;
};
const FULL = 'store,item,count,name,unitPriceMinor';

describe('the header of a stock file', () => {
  it('takes the columns in any order and case, and leaves out those it does not know', () => {
    expect(row('x|7|card|Berlin', 'colour, COUNT ,Item,Store')).toEqual({ store: 'Berlin', sku: 'card', count: 7 });
  });

  it.each([
    ['Berlin,card,7', 'the first line must name the columns store,item,count; store, item, count not found'],
    ['store;item;count', 'the first line must name the columns store,item,count; store, item, count not found'],
    ['store,item', 'the first line must name the columns store,item,count; count not found'],
    ['store,item,count,Store', 'the header has the column store twice'],
    ['st\uFFFDre,item,count', 'the file is not UTF-8 text'],
  ])('refuses %j', (header, reason) => {
    expect(parseHeader(header.split(','))).toEqual({ ok: false, reason });
  });
});

describe('a row of a stock file', () => {
  it('says a count, and optionally a name and a price', () => {
    expect(row('Berlin|Echo (2nd Gen)|19')).toEqual({ store: 'Berlin', sku: 'Echo (2nd Gen)', count: 19 });
    expect(row(' Berlin |card| 007 | a\ncard |250', FULL)).toEqual({
      store: 'Berlin',
      sku: 'card',
      count: 7,
      name: 'a card',
      unitPriceMinor: 250,
    });
    expect(row('Berlin|card|0||', FULL)).toEqual({ store: 'Berlin', sku: 'card', count: 0 });
    expect(row('Berlin|card|2147483647||0', FULL)).toMatchObject({ count: 2_147_483_647, unitPriceMinor: 0 });
  });

  it('may have empty columns beyond the header, as spreadsheets write them', () => {
    expect(row('Berlin|card|1||')).toMatchObject({ count: 1 });
  });

  it.each([
    ['Berlin|card', 'expected 3 columns, found 2'],
    ['Berlin|card|1|x', 'expected 3 columns, found 4'],
    ['|card|1', 'store is empty'],
    ['Berlin| |1', 'item is empty'],
    ['Berlin|card|', 'count is empty'],
    ['Berlin|card|-3', 'count is negative: "-3"'],
    ['Berlin|card|1.5', 'count is not a whole number: "1.5"'],
    ['Berlin|card|1e3', 'count is not a whole number: "1e3"'],
    ['Berlin|card|+5', 'count is not a whole number: "+5"'],
    ['Berlin|card|many', 'count is not a whole number: "many"'],
    ['Berlin|card|2147483648', 'count is above 2147483647: "2147483648"'],
    [`Berlin|card|${'9'.repeat(400)}`, `count is above 2147483647: "${'9'.repeat(40)}…"`],
    [`Berlin|${'x'.repeat(65)}|1`, 'item is longer than 64 characters'],
    [`${'x'.repeat(129)}|card|1`, 'store is longer than 128 characters'],
    ['Ber\0lin|card|1', 'store holds a control character'],
    ['K\uFFFDln|card|1', 'store is not UTF-8 text'],
  ])('is rejected when it says %j', (text, reason) => {
    expect(row(text)).toBe(reason);
  });

  it('is rejected for a price that is none', () => {
    expect(row('Berlin|card|1||2.50', FULL)).toBe('unitPriceMinor is not a whole number: "2.50"');
    expect(row('Berlin|card|1||-1', FULL)).toBe('unitPriceMinor is negative: "-1"');
  });

  it('may go over several lines in its name only', () => {
    const columns = columnsOf(FULL);
    expect(mayHoldLineBreaks(['Berlin', 'card', '1', 'two\nlines'], columns)).toBe(true);
    expect(mayHoldLineBreaks(['Berlin', 'card\nx', '1', ''], columns)).toBe(false);
    expect(mayHoldLineBreaks(['Berlin', 'card', '1', '', '', 'a\rb'], columns)).toBe(false);
  });
});
