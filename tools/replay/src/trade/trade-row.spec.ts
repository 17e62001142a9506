import { parseRow, readLayout } from './trade-row.js';

const HEADER = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'.split(',');
const layout = readLayout(HEADER);

/** A good row, with some fields replaced. */
function aRow(fields: Partial<Record<string, string>> = {}): string[] {
  const good: Record<string, string> = {
    InvoiceNo: '536365',
    StockCode: '85123A',
    Description: 'WHITE HANGING HEART T-LIGHT HOLDER',
    Quantity: '6',
    InvoiceDate: '2010-12-01 08:26:00',
    UnitPrice: '2.55',
    CustomerID: '17850.0',
    Country: 'United Kingdom',
  };
  return HEADER.map((column) => fields[column] ?? good[column]!);
}

describe('A row of trade', () => {
  it('is read with its price in pence and its customer as a whole number', () => {
    expect(parseRow(aRow(), 2, layout)).toEqual({
      line: 2,
      invoice: '536365',
      sku: '85123A',
      description: 'WHITE HANGING HEART T-LIGHT HOLDER',
      quantity: 6,
      day: '2010-12-01',
      unitPriceMinor: 255,
      customerId: '17850',
    });
  });

  it('has no customer when the field is empty', () => {
    expect(parseRow(aRow({ CustomerID: '' }), 2, layout)).not.toHaveProperty('customerId');
  });

  it('is of the same item whether its code is written in upper or lower case', () => {
    expect(parseRow(aRow({ StockCode: '85123a' }), 2, layout)).toMatchObject({ sku: '85123A' });
  });

  it('keeps pence exact where the float is not', () => {
    expect(parseRow(aRow({ UnitPrice: '1.15' }), 2, layout)).toMatchObject({ unitPriceMinor: 115 });
    expect(parseRow(aRow({ UnitPrice: '8.5' }), 2, layout)).toMatchObject({ unitPriceMinor: 850 });
  });

  it.each([
    ['Quantity', 'six', 'Quantity is no whole number other than 0'],
    ['Quantity', '0', 'Quantity is no whole number other than 0'],
    ['Quantity', '', 'Quantity is no whole number other than 0'],
    ['Quantity', '1.5', 'Quantity is no whole number other than 0'],
    ['UnitPrice', '', 'UnitPrice is no number'],
    ['UnitPrice', 'free', 'UnitPrice is no number'],
    ['InvoiceDate', '01/12/2010 08:26', 'InvoiceDate is no date'],
    ['InvoiceNo', ' ', 'InvoiceNo is empty or too long'],
    ['StockCode', '', 'StockCode is empty or too long'],
    ['StockCode', '1'.repeat(65), 'StockCode is empty or too long'],
  ])('is malformed when %s is "%s"', (column, value, fault) => {
    expect(parseRow(aRow({ [column]: value }), 7, layout)).toEqual({ line: 7, fault });
  });

  it('is malformed when fields are missing', () => {
    expect(parseRow(aRow().slice(0, 5), 3, layout)).toEqual({ line: 3, fault: '5 fields instead of 8' });
  });
});

describe('The header', () => {
  it('may hold its columns in any order', () => {
    const reversed = HEADER.toReversed();
    expect(parseRow(aRow().toReversed(), 2, readLayout(reversed))).toMatchObject({ sku: '85123A', quantity: 6 });
  });

  it('is refused with the names of the columns that it lacks', () => {
    expect(() => readLayout(['InvoiceNo', 'Quantity'])).toThrow(/StockCode, Description, InvoiceDate/);
  });
});
