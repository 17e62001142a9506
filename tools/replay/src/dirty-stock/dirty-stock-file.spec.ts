import { parse } from 'csv-parse/sync';
import { BAD_KINDS } from './bad-rows.js';
import { DirtyStockFile, type BadRow, type DirtyStockOptions } from './dirty-stock-file.js';

function write(options: Partial<DirtyStockOptions> = {}) {
  const file = new DirtyStockFile({ rows: 5_000, badShare: 0.1, seed: 1, ...options });
  const bad: BadRow[] = [];
  const content = Buffer.concat([...file.pieces((row) => bad.push(row))]);
  return { file, bad, content };
}

/** What the line of a bad row must look like; read as Latin-1, so that each byte is a character. */
const LOOKS: Readonly<Record<string, RegExp>> = {
  duplicate: /^[^,]+,S1-5000-10-\d+,\d+,.*,\d+$/,
  'missing column': /^[^,]+,S1-5000-10-\d+,\d+(,|$)/,
  'column too many': /,\d+,x$/,
  empty: /^ ,S1-5000-10-|, ,/,
  negative: /,S1-5000-10-\d+,-\d+,/,
  'negative price': /,-1$/,
  'not a number': /,S1-5000-10-\d+,(?!\d+,)[^,]+,/,
  'price not a number': /,2\.50$/,
  overflow: /,S1-5000-10-\d+,\d{10,},/,
  'too long': /x{65}/,
  'bad UTF-8': /x\xffy/,
  'control character': /x\0y/,
  'quote not closed': /^"[^"]+$|"Card,250$/,
  'text after quote': /^"[^"]+"x,/,
};

describe('a dirty stock file', () => {
  it('is the same, byte by byte, for the same options, and another for another seed', () => {
    expect(write().content.equals(write().content)).toBe(true);
    expect(write({ seed: 2 }).content.equals(write().content)).toBe(false);
  });

  it('has as many bad rows as it was asked for, of every kind', () => {
    const { bad } = write();
    expect(bad).toHaveLength(500);
    expect(new Set(bad.map(({ kind }) => kind))).toEqual(new Set(BAD_KINDS));
    expect(write({ badShare: 0.01 }).bad).toHaveLength(50);
    expect(write({ badShare: 0 }).bad).toEqual([]);
    expect(write({ rows: 1_000, badShare: 0.5 }).bad).toHaveLength(500);
  });

  it('tells the line of each bad row and in which way it is bad', () => {
    const { bad, content } = write();
    const lines = content.toString('latin1').split(/\r\n|\n|\r/);
    const misjudged = bad.filter(({ line, kind }) => !LOOKS[kind.name]!.test(lines[line - 1]!));
    expect(misjudged).toEqual([]);
  });

  it('says in its good rows, however they are written, what is expected of them', () => {
    const { file, content } = write({ badShare: 0 });
    const records = parse(content, {
      bom: true,
      columns: true,
      trim: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    }) as Record<string, string>[];
    const read = records.map(({ store, item, count, name, unitPriceMinor }) => ({
      store,
      sku: item,
      count: Number(count),
      name: name!.replaceAll(/\s+/g, ' '),
      unitPriceMinor: Number(unitPriceMinor),
    }));
    expect(read).toEqual(read.map((_, index) => file.goodFactsOf(index)));
    expect(read).toHaveLength(5_000);
    const text = content.toString();
    for (const difficulty of ['\r\n', '""', '"Card, thank', '\n\n', ',,\n', '東京', '\uFEFF'])
      expect(text).toContain(difficulty);
    expect(text).toMatch(/"[^"]*\n[^"]*",/);
  });

  it('repeats earlier good rows, some near and some far, with another count', () => {
    const { file, content, bad } = write({ rows: 50_000 });
    const lines = content.toString().split(/\r\n|\n|\r/);
    const repeated = bad
      .filter(({ kind }) => kind.name === 'duplicate')
      .map(({ line }) => {
        const [store, sku, count] = lines[line - 1]!.split(',');
        return { ...file.goodFactsAbout(store!, sku!)!, count: Number(count) };
      });
    expect(repeated.every(({ facts, count }) => facts.count !== count)).toBe(true);
    expect(repeated.some(({ index }) => index < 1_000)).toBe(true);
    expect(repeated.some(({ index }) => index > 20_000)).toBe(true);
  });

  it('knows no good row beyond its end, nor one about the items of another file', () => {
    const { file } = write();
    expect(file.goodFactsOf(5_000)).toBeUndefined();
    const { store, sku } = file.goodFactsOf(7)!;
    expect(file.goodFactsAbout(store, sku)).toMatchObject({ index: 7 });
    expect(file.goodFactsAbout('Berlin', sku)).toBeUndefined();
    for (const other of [{ seed: 2 }, { rows: 4_999 }, { badShare: 0 }]) {
      const { sku: otherSku } = write(other).file.goodFactsOf(20)!;
      expect(file.goodFactsAbout(store, otherSku)).toBeUndefined();
    }
  });
});
