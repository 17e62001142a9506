import {
  ample,
  COUNTED,
  initialStock,
  priceMinor,
  PRICELESS,
  SCARCE,
  UNKNOWN,
  type Line,
} from './support/catalogue.js';
import { expectNothingLost } from './support/expectations.js';
import type { OrderView } from './support/shop-client.js';
import { TestShop } from './support/test-shop.js';
import { until } from './support/until.js';

const PEN = ample(0);
const INK = ample(1);

let shop: TestShop;
let keys = 0;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

/** Places an order that the account at the end knows of, and waits until its state is final. */
async function order(lines: readonly Line[], customerId = 'first'): Promise<OrderView> {
  const key = `first-${++keys}`;
  shop.ledger.send(key, { customerId, lines });
  const { status, body, headers } = await shop.client.placeOrder({ customerId, lines }, key);
  expect({ status, state: body.state, location: headers.location }).toEqual({
    status: 202,
    state: 'accepted',
    location: `/v1/orders/${body.id}`,
  });
  shop.ledger.accept(key, body.id);
  const view = await shop.client.waitForOrder(body.id);
  expect(view.status).toBe(200);
  return view.body;
}

async function stockOf(sku: string): Promise<number> {
  const { body } = await shop.client.readStock(`?sku=${sku}`);
  return body.items.reduce((sum, { count }) => sum + count, 0);
}

describe('An order', () => {
  it('is accepted, and confirmed with the prices of the moment at which its stock was reserved', async () => {
    const before = await stockOf(PEN);
    const view = await order([
      { sku: PEN, quantity: 2 },
      { sku: INK, quantity: 1, seenUnitPriceMinor: priceMinor(INK) },
    ]);
    expect(view.state).toBe('confirmed');
    expect(view.totalMinor).toBe(2 * priceMinor(PEN) + priceMinor(INK));
    expect(view.history.map(({ state }) => state)).toEqual(['accepted', 'confirmed']);
    expect(await stockOf(PEN)).toBe(before - 2);
  });

  it('may be served from several stores when no single one has enough', async () => {
    const inOneStore = Math.max(...initialStock().flatMap(({ sku, count }) => (sku === SCARCE ? [count] : [])));
    const view = await order([{ sku: SCARCE, quantity: inOneStore + 1 }]);
    expect(view.state).toBe('confirmed');
  });

  it.each([
    ['OUT_OF_STOCK', { sku: SCARCE, quantity: 1_000 }],
    ['UNKNOWN_ITEM', { sku: UNKNOWN, quantity: 1 }],
    ['NOT_FOR_SALE', { sku: PRICELESS, quantity: 1 }],
    ['PRICE_CHANGED', { sku: INK, quantity: 1, seenUnitPriceMinor: priceMinor(INK) - 1 }],
  ])('is rejected with %s, names the line to blame, and takes nothing of its other lines', async (reason, line) => {
    const before = await stockOf(PEN);
    const view = await order([{ sku: PEN, quantity: 1 }, line]);
    expect(view.state).toBe('rejected');
    expect(view.history.at(-1)).toMatchObject({ state: 'rejected', reason, skus: [line.sku] });
    expect(await stockOf(PEN)).toBe(before);
  });

  it('gives its stock back when it is cancelled, and cancelling twice is cancelling once', async () => {
    const before = await stockOf(PEN);
    const { id } = await order([{ sku: PEN, quantity: 5 }]);
    expect(await stockOf(PEN)).toBe(before - 5);
    for (let time = 1; time <= 2; time++) {
      expect((await shop.client.cancelOrder(id)).status).toBe(202);
      shop.ledger.cancelledIds.add(id);
    }
    await until('the order is cancelled', async () => (await shop.client.readOrder(id)).body.state === 'cancelled');
    await until('its stock is back', async () => (await stockOf(PEN)) === before);
    const { history } = (await shop.client.readOrder(id)).body;
    expect(history.map(({ state }) => state)).toEqual(['accepted', 'confirmed', 'cancelled']);
  });

  it('cannot be cancelled once it was rejected', async () => {
    const { id } = await order([{ sku: UNKNOWN, quantity: 1 }]);
    const { status, body } = await shop.client.cancelOrder(id);
    expect({ status, body }).toMatchObject({ status: 409, body: { code: 'ORDER.NOT_CANCELLABLE' } });
  });

  it('is one order however often its key is sent, and another order under the same key is refused', async () => {
    const customerId = 'keyed';
    const body = { customerId, lines: [{ sku: PEN, quantity: 1 }] };
    shop.ledger.send('keyed', body);
    const answers = await Promise.all(Array.from({ length: 5 }, () => shop.client.placeOrder(body, 'keyed')));
    const ids = new Set(answers.map((answer) => answer.body.id));
    expect(ids.size).toBe(1);
    const [id = ''] = ids;
    shop.ledger.accept('keyed', id);
    await shop.client.waitForOrder(id);
    expect((await shop.client.placeOrder(body, 'keyed')).body.id).toBe(id);
    const other = await shop.client.placeOrder({ customerId, lines: [{ sku: PEN, quantity: 2 }] }, 'keyed');
    expect(other).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY.KEY_REUSED' } });
    const { items } = (await shop.client.listOrders(`?customerId=${customerId}`)).body;
    expect(items.map((item) => item.id)).toEqual([id]);
  });

  it('of a batch is accepted or refused by itself, in order', async () => {
    const good = { customerId: 'batch', lines: [{ sku: PEN, quantity: 1 }] };
    const batch = [{ ...good, idempotencyKey: 'batch-1' }, { lines: [] }, { ...good, idempotencyKey: 'batch-3' }];
    for (const key of ['batch-1', 'batch-3']) shop.ledger.send(key, good);
    const { status, body } = await shop.client.placeBatch(batch);
    expect(status).toBe(202);
    expect(body.items).toMatchObject([
      { state: 'accepted' },
      { status: 400, code: 'ORDER.LINES_EMPTY' },
      { state: 'accepted' },
    ]);
    shop.ledger.accept('batch-1', body.items[0]!.id);
    shop.ledger.accept('batch-3', body.items[2]!.id);
    expect((await shop.client.waitForOrder(body.items[2]!.id)).body.state).toBe('confirmed');
  });

  it('that nobody was promised is unknown', async () => {
    const { id } = await order([{ sku: PEN, quantity: 1 }]);
    const lastDigit = id.endsWith('0') ? '1' : '0';
    for (const unknown of [crypto.randomUUID(), `${id.slice(0, -1)}${lastDigit}`, 'no-id']) {
      expect(await shop.client.readOrder(unknown)).toMatchObject({ status: 404, body: { code: 'ORDER.UNKNOWN' } });
      expect((await shop.client.cancelOrder(unknown)).status).toBe(404);
    }
  });

  it('with faults is refused with all of them and their places', async () => {
    const lines = [
      { sku: '', quantity: 1 },
      { sku: PEN, quantity: 0 },
    ];
    const { status, body, headers } = await shop.client.placeOrder({ lines });
    expect(status).toBe(400);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(body).toMatchObject({ errors: [{ pointer: '/lines/0/sku' }, { pointer: '/lines/1/quantity' }] });
  });
});

describe('The shop', () => {
  it('lists orders newest first, page by page, by customer and by state', async () => {
    const placed: string[] = [];
    for (let number = 0; number < 3; number++) placed.unshift((await order([{ sku: PEN, quantity: 1 }], 'lister')).id);
    const rejected = await order([{ sku: UNKNOWN, quantity: 1 }], 'lister');
    const first = (await shop.client.listOrders('?customerId=lister&state=confirmed&limit=2')).body;
    expect(first.items.map(({ id }) => id)).toEqual(placed.slice(0, 2));
    const second = (await shop.client.listOrders(`?customerId=lister&state=confirmed&limit=2&after=${first.next}`))
      .body;
    expect(second.items.map(({ id }) => id)).toEqual(placed.slice(2));
    expect(second.next).toBeUndefined();
    const refused = (await shop.client.listOrders('?customerId=lister&state=rejected')).body;
    expect(refused.items.map(({ id }) => id)).toEqual([rejected.id]);
  });

  it('shows its queues and takes stock files only from operators', async () => {
    const queues = (await shop.client.readQueues()).body.items.map(({ queue }) => queue).sort();
    expect(queues).toEqual([
      'inventory.events/notifier',
      'inventory.events/orders',
      'inventory.import',
      'inventory.reserve',
      'orders.events/notifier',
      'orders.place',
    ]);
    const csv = { 'content-type': 'text/csv' };
    for (const call of [
      { method: 'GET', path: '/v1/queues' },
      { method: 'POST', path: '/v1/queues/orders.place/redrive' },
      { method: 'POST', path: '/v1/stock-files', headers: csv, body: 'store,item,count\n' },
    ] as const) {
      expect(await shop.client.raw(call)).toMatchObject({ status: 401, body: { code: 'AUTH.REQUIRED' } });
    }
  });

  it('loads a stock file row by row, and says which rows it refused and why', async () => {
    const { status, body } = await shop.client.sendStockFile(
      `store,item,count,name,unitPriceMinor\nLeeds,${COUNTED},7,Counted,99\nLeeds,${COUNTED},many,,\nPorto,${COUNTED},3,,\n`,
    );
    expect(status).toBe(202);
    const file = await until('the file is imported', async () => {
      const answer = await shop.client.readStockFile(body.id);
      return answer.body.state === 'imported' && answer.body;
    });
    expect(file).toMatchObject({ rowsRead: 3, rowsImported: 2, rowsRejected: 1, rejections: [{ line: 3 }] });
    expect(await stockOf(COUNTED)).toBe(10);
    const { body: item } = await shop.client.raw({ method: 'GET', path: `/v1/items/${COUNTED}` });
    expect(item).toMatchObject({ sku: COUNTED, name: 'Counted', unitPriceMinor: 99 });
  });

  it('has kept every promise of this file', () => expectNothingLost(shop));
});
