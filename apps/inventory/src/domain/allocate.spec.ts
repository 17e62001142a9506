import { allocate, type AllocationResult, type RequestedLine } from './allocate.js';
import { StockLedger } from './stock-ledger.js';

type Stock = Record<string, { price: number | null; stores: Record<string, number> }>;

function stockOf(stock: Stock): StockLedger {
  const ledger = new StockLedger();
  for (const [sku, { price, stores }] of Object.entries(stock)) {
    ledger.addItem(sku, price);
    for (const [store, count] of Object.entries(stores)) ledger.addStock(sku, store, count);
  }
  return ledger;
}

function order(lines: Record<string, number>): RequestedLine[] {
  return Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }));
}

function allocationsOf(result: AllocationResult): string[] {
  return result.kind === 'reserved'
    ? result.allocations.map((a) => `${a.store} ${a.sku} ${a.quantity}`)
    : [result.reason];
}

describe('allocating stock to an order', () => {
  it('takes one store when it can serve the whole order, even if another has more of one item', () => {
    const stock = stockOf({
      card: { price: 250, stores: { Berlin: 900, Paris: 2 } },
      ribbon: { price: 99, stores: { Berlin: 0, Paris: 3 } },
    });
    expect(allocationsOf(allocate(order({ card: 2, ribbon: 3 }), stock))).toEqual(['Paris card 2', 'Paris ribbon 3']);
  });

  it('takes, of several stores that can serve the whole order, the one with the most stock, then the first by name', () => {
    const stock = stockOf({ card: { price: 250, stores: { Paris: 8, Berlin: 8, Athens: 5 } } });
    expect(allocationsOf(allocate(order({ card: 4 }), stock))).toEqual(['Berlin card 4']);
  });

  it('splits over stores when it must, most first', () => {
    const stock = stockOf({
      card: { price: 250, stores: { Berlin: 4, Paris: 3 } },
      ribbon: { price: 99, stores: { Paris: 2, Rome: 1 } },
    });
    expect(allocationsOf(allocate(order({ card: 6, ribbon: 3 }), stock))).toEqual([
      'Paris card 3',
      'Paris ribbon 2',
      'Berlin card 3',
      'Rome ribbon 1',
    ]);
  });

  it('fixes the current price for each line, also when the customer saw a higher one', () => {
    const stock = stockOf({ card: { price: 250, stores: { Berlin: 4 } } });
    expect(allocate([{ sku: 'card', quantity: 1, seenUnitPriceMinor: 300 }], stock)).toMatchObject({
      lines: [{ sku: 'card', quantity: 1, unitPriceMinor: 250 }],
    });
  });

  it('counts two lines of the same item together', () => {
    const stock = stockOf({ card: { price: 250, stores: { Berlin: 4 } } });
    const lines = [...order({ card: 2 }), ...order({ card: 3 })];
    expect(allocate(lines, stock)).toEqual({ kind: 'refused', reason: 'OUT_OF_STOCK', skus: ['card'] });
    expect(allocate([...order({ card: 2 }), ...order({ card: 2 })], stock)).toEqual({
      kind: 'reserved',
      lines: [
        { sku: 'card', quantity: 2, unitPriceMinor: 250 },
        { sku: 'card', quantity: 2, unitPriceMinor: 250 },
      ],
      allocations: [{ store: 'Berlin', sku: 'card', quantity: 4 }],
    });
  });

  it('names the items to blame, and the first reason that fits', () => {
    const stock = stockOf({
      card: { price: 250, stores: {} },
      sample: { price: null, stores: { Berlin: 4 } },
      ribbon: { price: 99, stores: { Berlin: 1 } },
    });
    const seen = { sku: 'ribbon', quantity: 1, seenUnitPriceMinor: 98 };
    const refusal = (lines: RequestedLine[]): unknown => allocate(lines, stock);
    expect(refusal([...order({ ghost: 1, sample: 1, card: 1, spirit: 1 }), seen])).toEqual({
      kind: 'refused',
      reason: 'UNKNOWN_ITEM',
      skus: ['ghost', 'spirit'],
    });
    expect(refusal([...order({ sample: 1, card: 1 }), seen])).toMatchObject({
      reason: 'NOT_FOR_SALE',
      skus: ['sample'],
    });
    expect(refusal([...order({ card: 1 }), seen, seen])).toMatchObject({ reason: 'PRICE_CHANGED', skus: ['ribbon'] });
    expect(refusal(order({ ribbon: 2, card: 1 }))).toMatchObject({ reason: 'OUT_OF_STOCK', skus: ['ribbon', 'card'] });
  });

  it('sells at a price of 0', () => {
    const stock = stockOf({ gift: { price: 0, stores: { Berlin: 1 } } });
    expect(allocate(order({ gift: 1 }), stock)).toMatchObject({ kind: 'reserved' });
  });
});
