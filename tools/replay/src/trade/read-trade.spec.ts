import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { planTrade } from './plan-trade.js';
import { readTrade } from './read-trade.js';
import type { MalformedRow } from './trade-row.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
const GOOD = '536365,85123A,"HEART, ""T-LIGHT""",6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom';
const SAMPLE = path.resolve('data/online-retail-sample.csv.gz');

let directory: string;
beforeAll(() => (directory = mkdtempSync(path.join(tmpdir(), 'replay-'))));
afterAll(() => rmSync(directory, { recursive: true }));

function aFile(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

async function read(file: string, days: { from?: string; to?: string } = {}) {
  const malformed: MalformedRow[] = [];
  const invoices: string[] = [];
  for await (const { invoice, rows } of readTrade(file, { ...days, onMalformed: (row) => malformed.push(row) })) {
    invoices.push(`${invoice}×${rows.length}`);
  }
  return { invoices, malformed };
}

describe('A trade file', () => {
  it('is read gzipped or plain, with quoted fields, a byte order mark and Windows line ends', async () => {
    const text = `\ufeff${[HEADER, GOOD, GOOD].join('\r\n')}\r\n`;
    const expected = { invoices: ['536365×2'], malformed: [] };
    expect(await read(aFile('a.csv', text))).toEqual(expected);
    expect(await read(aFile('a.csv.gz', text))).toEqual(expected);
  });

  it('is read on the chosen days only, both included', async () => {
    const days = ['2010-11-30', '2010-12-01', '2010-12-02', '2010-12-03'];
    const rows = days.map((day, index) => `${index},85123A,X,6,${day} 08:26:00,2.55,17850.0,United Kingdom`);
    const file = aFile('days.csv', [HEADER, ...rows].join('\n'));
    expect((await read(file, { from: '2010-12-01', to: '2010-12-02' })).invoices).toEqual(['1×1', '2×1']);
  });

  it('gives up none of its good rows to bad ones, and says on which line the bad ones are', async () => {
    const bad = ['short,row', 'x,85123A,X,many,2010-12-01 08:26:00,2.55,,', 'stray " quote,1,X,1,2010-12-01,1,,'];
    const file = aFile('dirt.csv', [HEADER, GOOD, bad[0], '', bad[1], bad[2], GOOD].join('\n'));
    const { invoices, malformed } = await read(file);
    expect(invoices).toEqual(['536365×1', 'STRAY " QUOTE×1', '536365×1']);
    expect(malformed).toEqual([
      { line: 3, fault: '2 fields instead of 8' },
      { line: 5, fault: 'Quantity is no whole number other than 0' },
    ]);
  });

  it('that is no trade file, is broken or is not there is refused with the reason', async () => {
    await expect(read(aFile('empty.csv', ''))).rejects.toMatchObject({ code: 'REPLAY.COLUMN_MISSING' });
    await expect(read(aFile('other.csv', 'a,b\n1,2\n'))).rejects.toMatchObject({ code: 'REPLAY.COLUMN_MISSING' });
    await expect(read(path.join(directory, 'none.csv'))).rejects.toMatchObject({ code: 'REPLAY.FILE_UNREADABLE' });
    const cut = aFile('cut.csv.gz', HEADER);
    writeFileSync(cut, gzipSync(`${HEADER}\n${GOOD}\n`.repeat(100)).subarray(0, 60));
    await expect(read(cut)).rejects.toMatchObject({ code: 'REPLAY.FILE_UNREADABLE' });
  });

  it('with no orders on the chosen days is refused', async () => {
    await expect(planTrade(SAMPLE, { from: '2024-01-01' })).rejects.toMatchObject({ code: 'REPLAY.NO_ORDERS' });
  });
});

describe('The sample in the repository', () => {
  it('holds what its README says, and a bit of everything that trade brings', async () => {
    const plan = await planTrade(SAMPLE, {});
    expect(plan).toMatchObject({ invoices: 228, orders: 210, orderLines: 6501, splitInvoices: 7 });
    expect(plan.steps).toHaveLength(212);
    expect(Object.keys(plan.skipped.toJSON()).toSorted()).toEqual([
      'NOT_GOODS',
      'PRICE_ZERO',
      'RETURN_OF_EARLIER',
      'RETURN_OF_PART',
      'RETURN_WITHOUT_CUSTOMER',
      'STOCK_ADJUSTMENT',
    ]);
  });
});
