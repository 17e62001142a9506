import fc from 'fast-check';
import { allocate, type RequestedLine } from './allocate.js';
import { StockLedger, type Allocation } from './stock-ledger.js';

const SKUS = ['card', 'ribbon', 'paper', 'pen'];
const STORES = ['Athens', 'Berlin', 'Paris', 'Rome'];

interface Row {
  readonly sku: string;
  readonly store: string;
  readonly count: number;
}

const rows = fc.uniqueArray(
  fc.record({ sku: fc.constantFrom(...SKUS), store: fc.constantFrom(...STORES), count: fc.nat(12) }),
  { selector: ({ sku, store }) => `${sku}/${store}` },
);
const lines: fc.Arbitrary<RequestedLine[]> = fc.array(
  fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 9 }) }),
  { minLength: 1, maxLength: 5 },
);
const steps = fc.array(fc.record({ lines, cancelled: fc.boolean() }), { maxLength: 30 });

function ledgerOf(stock: readonly Row[]): StockLedger {
  const ledger = new StockLedger();
  for (const sku of SKUS) ledger.addItem(sku, 100);
  for (const { sku, store, count } of stock) ledger.addStock(sku, store, count);
  return ledger;
}

function total(things: readonly { sku: string; quantity: number }[], sku: string): number {
  return things.reduce((sum, thing) => (thing.sku === sku ? sum + thing.quantity : sum), 0);
}

function countIn(ledger: StockLedger, { store, sku }: { store: string; sku: string }): number {
  return ledger.item(sku)!.stores.get(store) ?? 0;
}

/** The model: stock is one number an item, whatever the store. */
class Model {
  constructor(private readonly left: Map<string, number>) {}

  static of(stock: readonly Row[]): Model {
    const left = new Map(SKUS.map((sku) => [sku, 0]));
    for (const { sku, count } of stock) left.set(sku, left.get(sku)! + count);
    return new Model(left);
  }

  canServe(wanted: readonly RequestedLine[]): boolean {
    return SKUS.every((sku) => total(wanted, sku) <= this.left.get(sku)!);
  }

  add(things: readonly { sku: string; quantity: number }[], sign: 1 | -1): void {
    for (const { sku, quantity } of things) this.left.set(sku, this.left.get(sku)! + sign * quantity);
  }

  matches(ledger: StockLedger): boolean {
    return SKUS.every((sku) => {
      const counts = [...ledger.item(sku)!.stores.values()];
      return counts.every((count) => count >= 0) && counts.reduce((a, b) => a + b, 0) === this.left.get(sku);
    });
  }
}

describe('allocating stock, against a model', () => {
  it('reserves exactly the orders that the stock of all stores can serve, in full or not at all', () => {
    fc.assert(
      fc.property(rows, lines, (stock, wanted) => {
        const result = allocate(wanted, ledgerOf(stock));
        expect(result.kind === 'reserved').toBe(Model.of(stock).canServe(wanted));
        if (result.kind === 'refused') {
          const short = SKUS.filter((sku) => !Model.of(stock).canServe(wanted.filter((line) => line.sku === sku)));
          expect([...result.skus].sort()).toEqual(short.sort());
        } else {
          for (const sku of SKUS) expect(total(result.allocations, sku)).toBe(total(wanted, sku));
        }
      }),
    );
  });

  it('never takes more than a store has, names each store and item once, and never splits an order one store can serve', () => {
    fc.assert(
      fc.property(rows, lines, (stock, wanted) => {
        const ledger = ledgerOf(stock);
        const result = allocate(wanted, ledger);
        if (result.kind === 'refused') return;
        for (const taken of result.allocations) expect(taken.quantity).toBeLessThanOrEqual(countIn(ledger, taken));
        const places = result.allocations.map(({ store, sku }) => `${store}/${sku}`);
        expect(new Set(places).size).toBe(places.length);
        const stores = new Set(result.allocations.map(({ store }) => store));
        const canAlone = STORES.some((store) =>
          SKUS.every((sku) => total(wanted, sku) <= countIn(ledger, { store, sku })),
        );
        if (canAlone) expect(stores.size).toBe(1);
      }),
    );
  });

  it('does not depend on the order in which stores were read', () => {
    fc.assert(
      fc.property(rows, lines, (stock, wanted) => {
        expect(allocate(wanted, ledgerOf(stock.toReversed()))).toEqual(allocate(wanted, ledgerOf(stock)));
      }),
    );
  });

  it('conserves stock over any run of orders and cancellations', () => {
    fc.assert(
      fc.property(rows, steps, (stock, orders) => {
        const ledger = ledgerOf(stock);
        const model = Model.of(stock);
        const reserved: Allocation[][] = [];
        for (const { lines: wanted, cancelled } of orders) {
          const result = allocate(wanted, ledger);
          expect(result.kind === 'reserved').toBe(model.canServe(wanted));
          if (result.kind === 'reserved') {
            ledger.take(result.allocations);
            model.add(result.allocations, -1);
            reserved.push([...result.allocations]);
          }
          const back = cancelled ? reserved.pop() : undefined;
          if (back) {
            ledger.giveBack(back);
            model.add(back, 1);
          }
          expect(model.matches(ledger)).toBe(true);
        }
        const counted = ledger.changes().map(({ sku, before, after }) => ({ sku, quantity: before! - after }));
        for (const sku of SKUS) expect(total(counted, sku)).toBe(total(reserved.flat(), sku));
      }),
    );
  });
});
