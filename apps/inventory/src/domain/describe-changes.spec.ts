import fc from 'fast-check';
import { describeChanges } from './describe-changes.js';
import { StockLedger, StockLedgerError } from './stock-ledger.js';

const kinds = (before: number | null, after: number): string[] =>
  describeChanges([{ store: 'Berlin', sku: 'card', before, after }]).map(({ kind }) => kind);

describe('describing what changed', () => {
  it('tells a fall to 0 and a rise from 0, each with the change itself', () => {
    expect(kinds(3, 2)).toEqual(['changed']);
    expect(kinds(3, 0)).toEqual(['changed', 'depleted']);
    expect(kinds(0, 7)).toEqual(['changed', 'replenished']);
    expect(kinds(0, 0)).toEqual([]);
  });

  it('takes a first count of 0 for a fall, and a first count above it for no rise', () => {
    expect(kinds(null, 0)).toEqual(['changed', 'depleted']);
    expect(kinds(null, 5)).toEqual(['changed']);
  });

  it('tells as many falls as rises, give or take one, over any run of transactions', () => {
    fc.assert(
      fc.property(fc.nat(3), fc.array(fc.nat(3)), (first, counts) => {
        const told = [first, ...counts].flatMap((count, index, all) => kinds(index === 0 ? 1 : all[index - 1]!, count));
        const alternation = told.filter((kind) => kind !== 'changed');
        alternation.forEach((kind, index) => expect(kind).toBe(index % 2 === 0 ? 'depleted' : 'replenished'));
      }),
    );
  });
});

describe('the stock ledger', () => {
  function ledger(): StockLedger {
    const stock = new StockLedger();
    stock.addItem('card', 250);
    stock.addStock('card', 'Berlin', 3);
    return stock;
  }

  it('tells the changes of a transaction as one, and none where the count is what it was', () => {
    const stock = ledger();
    stock.take([{ store: 'Berlin', sku: 'card', quantity: 2 }]);
    stock.take([{ store: 'Berlin', sku: 'card', quantity: 1 }]);
    expect(stock.changes()).toEqual([{ store: 'Berlin', sku: 'card', before: 3, after: 0 }]);
    stock.giveBack([{ store: 'Berlin', sku: 'card', quantity: 3 }]);
    expect(stock.changes()).toEqual([]);
  });

  it('refuses to go below zero, and to give back where there never was stock', () => {
    expect(() => ledger().take([{ store: 'Berlin', sku: 'card', quantity: 4 }])).toThrow(StockLedgerError);
    expect(() => ledger().giveBack([{ store: 'Paris', sku: 'card', quantity: 1 }])).toThrow(StockLedgerError);
    expect(() => ledger().giveBack([{ store: 'Berlin', sku: 'pen', quantity: 1 }])).toThrow(StockLedgerError);
  });
});
