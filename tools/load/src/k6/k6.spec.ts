import { chooseLines } from './choose.js';
import { isRefusal } from './refusal.js';

describe('What a customer orders', () => {
  it('has one to as many lines as are allowed, each of another item, at the price that was seen', () => {
    const items = Array.from({ length: 5 }, (_, index) => ({ sku: `PEN-${index}`, unitPriceMinor: index }));
    const counts = new Set<number>();
    for (let round = 0; round < 1_000; round++) {
      const lines = chooseLines(items, 3);
      counts.add(lines.length);
      expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length);
      for (const { sku, quantity, seenUnitPriceMinor } of lines) {
        expect(sku).toBe(`PEN-${seenUnitPriceMinor}`);
        expect(Number.isInteger(quantity) && quantity >= 1 && quantity <= 5).toBe(true);
      }
    }
    expect([...counts].sort()).toEqual([1, 2, 3]);
  });
});

describe('An answer', () => {
  it('says that an order is not taken only where the request is at fault', () => {
    const statuses = [0, 202, 302, 400, 404, 408, 409, 422, 429, 500, 502, 503, 504];
    expect(statuses.filter(isRefusal)).toEqual([400, 404, 409, 422]);
  });
});
