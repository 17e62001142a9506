import { isPlannedCancellation, type PlannedOrder } from './planned-step.js';
import { type TradePlan, TradePlanner } from './trade-plan.js';
import type { TradeRow } from './trade-row.js';

let line = 1;

function aLine(sku: string, quantity = 1, fields: Partial<TradeRow> = {}): Partial<TradeRow> {
  return { sku, quantity, ...fields };
}

/** Plans invoices, each given as its number, its customer ('' for none) and its lines. */
function plan(...invoices: [invoice: string, customer: string, ...lines: Partial<TradeRow>[]][]): TradePlan {
  const planner = new TradePlanner();
  for (const [invoice, customerId, ...lines] of invoices) {
    const common = { invoice, day: '2010-12-01', unitPriceMinor: 100, description: 'A THING' };
    const rows = lines.map((fields) => {
      line += 1;
      return { ...common, line, ...(customerId && { customerId }), ...fields } as TradeRow;
    });
    planner.add({ invoice, rows });
  }
  return planner.finish();
}

function orders({ steps }: TradePlan): PlannedOrder[] {
  return steps.filter((step): step is PlannedOrder => !isPlannedCancellation(step));
}

/** The keys of the orders that are cancelled, by the invoice that does it. */
function cancellations({ steps }: TradePlan): string[] {
  return steps.filter(isPlannedCancellation).map(({ invoice, cancels }) => `${invoice} cancels ${cancels.key}`);
}

/** `{ reason: [lines, invoices] }`. */
function skips({ skipped }: TradePlan): Record<string, [number, number]> {
  return Object.fromEntries(
    Object.entries(skipped.toJSON()).map(([reason, { lines, invoices }]) => [reason, [lines, invoices]]),
  );
}

describe('An invoice', () => {
  it('becomes one order with its customer and its lines in their order, also when an item comes twice', () => {
    const planned = plan(['1', '17850', aLine('22222', 2), aLine('11111', 3), aLine('22222', 4)]);
    expect(orders(planned)).toEqual([
      {
        key: '1',
        customerId: '17850',
        lines: [
          { sku: '22222', quantity: 2, unitPriceMinor: 100 },
          { sku: '11111', quantity: 3, unitPriceMinor: 100 },
          { sku: '22222', quantity: 4, unitPriceMinor: 100 },
        ],
      },
    ]);
  });

  it('without a customer becomes an order without one', () => {
    expect(orders(plan(['1', '', aLine('11111')]))[0]).not.toHaveProperty('customerId');
  });

  it('of more than 100 lines becomes several orders of at most 100, each with a key of its own', () => {
    const lines = Array.from({ length: 205 }, (_, index) => aLine(String(10_000 + index)));
    const planned = plan(['1', '17850', ...lines]);
    expect(orders(planned).map(({ key, lines }) => [key, lines.length])).toEqual([
      ['1', 100],
      ['1:2', 100],
      ['1:3', 5],
    ]);
    expect(planned).toMatchObject({ invoices: 1, splitInvoices: 1, orders: 3, orderLines: 205 });
  });

  it('that comes twice, because another one interrupts it, makes two orders with different keys', () => {
    const planned = plan(['1', '5', aLine('11111')], ['2', '6', aLine('11111')], ['1', '5', aLine('22222')]);
    expect(orders(planned).map(({ key }) => key)).toEqual(['1', '2', '1:2']);
    expect(planned.invoices).toBe(2);
  });

  it('loses the lines that cannot be ordered, each with its reason, and keeps the others', () => {
    const planned = plan([
      '1',
      '17850',
      aLine('POST'),
      aLine('BANK CHARGES'),
      aLine('11111', -20),
      aLine('22222', 1, { unitPriceMinor: 0 }),
      aLine('33333', 1, { unitPriceMinor: -5 }),
      aLine('44444', 10_001),
      aLine('DCGSSBOY', 10_000),
    ]);
    expect(orders(planned)[0]!.lines.map(({ sku }) => sku)).toEqual(['DCGSSBOY']);
    expect(skips(planned)).toEqual({
      NOT_GOODS: [2, 1],
      STOCK_ADJUSTMENT: [1, 1],
      PRICE_ZERO: [1, 1],
      PRICE_NEGATIVE: [1, 1],
      QUANTITY_ABOVE_LIMIT: [1, 1],
    });
  });

  it('of which no line can be ordered becomes no order', () => {
    const planned = plan(['1', '17850', aLine('POST')]);
    expect(planned).toMatchObject({ orders: 0, emptyInvoices: 1 });
  });
});

describe('A malformed row', () => {
  it('is counted with the number of its line', () => {
    const planner = new TradePlanner();
    planner.skipMalformed({ line: 17, fault: '3 fields instead of 8' });
    expect(planner.finish().skipped.toJSON().MALFORMED_ROW).toEqual({
      lines: 1,
      invoices: 1,
      examples: ['line 17: 3 fields instead of 8'],
    });
  });
});

describe('The catalogue', () => {
  it('has the most frequent price, the first name, and the demand of all orders for an item', () => {
    const { catalogue } = plan(
      ['1', '5', aLine('11111', 2, { unitPriceMinor: 255, description: '' })],
      ['2', '6', aLine('11111', 3, { unitPriceMinor: 212 }), aLine('11111', 1, { unitPriceMinor: 255 })],
    );
    expect(catalogue).toEqual([{ sku: '11111', name: 'A THING', unitPriceMinor: 255, demand: 6 }]);
  });

  it('takes the lower of two prices that are equally frequent, whichever comes first', () => {
    const { catalogue } = plan([
      '1',
      '5',
      aLine('11111', 1, { unitPriceMinor: 300 }),
      aLine('11111', 1, { unitPriceMinor: 200 }),
    ]);
    expect(catalogue[0]!.unitPriceMinor).toBe(200);
  });

  it('holds nothing that is never ordered', () => {
    expect(plan(['1', '5', aLine('POST')], ['C2', '5', aLine('11111', -1)]).catalogue).toEqual([]);
  });
});

describe('A cancellation', () => {
  it('cancels the earlier order of its customer that it returns whole, in whatever order its lines stand', () => {
    const planned = plan(
      ['1', '5', aLine('11111', 2), aLine('22222', 1), aLine('11111', 3), aLine('POST')],
      ['C2', '5', aLine('22222', -1), aLine('11111', -5)],
    );
    expect(cancellations(planned)).toEqual(['C2 cancels 1']);
    expect(skips(planned)).toEqual({ NOT_GOODS: [1, 1] });
  });

  it('cancels the newest of several equal orders, and each order once', () => {
    const planned = plan(
      ['1', '5', aLine('11111', 2)],
      ['2', '5', aLine('11111', 2)],
      ['C3', '5', aLine('11111', -2)],
      ['C4', '5', aLine('11111', -2)],
      ['C5', '5', aLine('11111', -2)],
    );
    expect(cancellations(planned)).toEqual(['C3 cancels 2', 'C4 cancels 1']);
    expect(skips(planned)).toEqual({ RETURN_OF_EARLIER: [1, 1] });
  });

  it('may cancel several orders, and what is left over is counted', () => {
    const planned = plan(
      ['1', '5', aLine('11111', 1)],
      ['2', '5', aLine('22222', 2)],
      ['C3', '5', aLine('11111', -1), aLine('22222', -2), aLine('33333', -1)],
    );
    expect(cancellations(planned)).toEqual(['C3 cancels 2', 'C3 cancels 1']);
    expect(skips(planned)).toEqual({ RETURN_OF_EARLIER: [1, 1] });
  });

  it.each<[string, string, Partial<TradeRow>[]]>([
    ['fewer units', 'RETURN_OF_PART', [aLine('11111', -1), aLine('22222', -1)]],
    ['fewer lines', 'RETURN_OF_PART', [aLine('11111', -2)]],
    ['other items', 'RETURN_OF_EARLIER', [aLine('99999', -1)]],
  ])('that returns %s cancels nothing: %s', (_, reason, returned) => {
    const planned = plan(['1', '5', aLine('11111', 2), aLine('22222', 1)], ['C2', '5', ...returned]);
    expect(cancellations(planned)).toEqual([]);
    expect(skips(planned)).toEqual({ [reason]: [returned.length, 1] });
  });

  it('of another customer, or before the order, cancels nothing', () => {
    const planned = plan(
      ['C0', '5', aLine('11111', -2)],
      ['1', '5', aLine('11111', 2)],
      ['C2', '6', aLine('11111', -2)],
    );
    expect(cancellations(planned)).toEqual([]);
    expect(skips(planned)).toEqual({ RETURN_OF_EARLIER: [2, 2] });
  });

  it('without a customer cancels nothing', () => {
    const planned = plan(['1', '', aLine('11111', 2)], ['C2', '', aLine('11111', -2)]);
    expect(cancellations(planned)).toEqual([]);
    expect(skips(planned)).toEqual({ RETURN_WITHOUT_CUSTOMER: [1, 1] });
  });

  it('cancels the part of a split invoice that it returns whole', () => {
    const lines = Array.from({ length: 101 }, (_, index) => aLine(String(10_000 + index)));
    const planned = plan(['1', '5', ...lines], ['C2', '5', aLine('10100', -1)]);
    expect(cancellations(planned)).toEqual(['C2 cancels 1:2']);
  });
});
