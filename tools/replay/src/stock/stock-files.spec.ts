import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import type { CatalogueItem } from '../trade/catalogue.js';
import { spreadOverStores, STORES, stockFiles } from './stock-files.js';

function anItem(sku: string, fields: Partial<CatalogueItem> = {}): CatalogueItem {
  return { sku, name: 'A THING', unitPriceMinor: 255, demand: 100, ...fields };
}

describe('Stock', () => {
  it('covers the demand exactly at factor 1, whatever the demand is, in three different stores', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.integer({ min: 1, max: 1_000_000 }), (sku, demand) => {
        const rows = spreadOverStores(anItem(sku, { demand }), 1);
        expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(demand);
        expect(rows.every(({ count }) => Number.isInteger(count) && count >= 0)).toBe(true);
        expect(rows.map(({ store }) => store).toSorted()).toEqual(STORES);
      }),
    );
  });

  it('is the share of the demand that was asked for, rounded up', () => {
    const total = spreadOverStores(anItem('11111', { demand: 7 }), 0.5).reduce((sum, { count }) => sum + count, 0);
    expect(total).toBe(4);
  });

  it('lies in the same stores in every run', () => {
    expect(spreadOverStores(anItem('11111'), 1)).toEqual(spreadOverStores(anItem('11111'), 1));
  });
});

describe('Stock files', () => {
  it('hold a row for each item and store, and survive commas, quotes and line ends in names', () => {
    const name = 'TIN, "RED"\nSPOT';
    const [file, ...others] = [...stockFiles([anItem('11111', { name })], 1)];
    expect(others).toEqual([]);
    const rows = parse(file!, { columns: true }) as Record<string, string>[];
    expect(rows).toHaveLength(3);
    expect(rows[0]).toMatchObject({ item: '11111', name, unitPriceMinor: '255' });
  });

  it('are split so that none is too large, and together hold everything', () => {
    const items = Array.from({ length: 50 }, (_, index) => anItem(String(10_000 + index)));
    const files = [...stockFiles(items, 1, 500)];
    expect(files.length).toBeGreaterThan(1);
    expect(files.every((file) => Buffer.byteLength(file) <= 500)).toBe(true);
    expect(files.flatMap((file) => parse(file, { columns: true }))).toHaveLength(150);
  });
});
