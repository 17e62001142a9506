import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createLogger, ProblemFilter, validateParameters } from '@looseleaf/service-kit';
import { OrdersModule } from '../orders.module.js';
import {
  aCancellation,
  anOrderId,
  aPlacing,
  aRanking,
  aRefusal,
  aReservation,
  LINES,
  PRICED,
  PRICED_TOTAL_MINOR,
  TestOrders,
} from '../testing/test-orders.js';
import type { OrderView } from '../domain/order-view.js';
import type { OrderPage } from './order-reader.js';

const KEY = 'a key of sixteen characters';

describe('the internal HTTP API', () => {
  let orders: TestOrders;
  let app: NestFastifyApplication;
  beforeAll(async () => {
    orders = await TestOrders.start();
    const logger = createLogger('test', 'silent');
    const module = OrdersModule.create({ database: orders.database, logger, internalKey: KEY, ranking: aRanking() });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter(logger));
    validateParameters(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await orders.stop();
  });

  const get = async <Body>(url: string, key = KEY): Promise<{ status: number; body: Body }> => {
    const response = await app.inject({ url: `/internal/orders${url}`, headers: { authorization: `Bearer ${key}` } });
    return { status: response.statusCode, body: response.json<Body>() };
  };
  const placed = async (order: Parameters<typeof aPlacing>[0] = {}): Promise<string> => {
    const message = aPlacing(order);
    await orders.place.execute([message]);
    return message.body.orderId;
  };

  it('shows an order, first as it was ordered and then with its prices', async () => {
    const id = await placed({ customerId: '17850' });
    const acceptedAt = '2010-12-01T08:26:00.000Z';
    const history = [{ state: 'accepted', at: acceptedAt }];
    expect(await get(`/${id}`)).toEqual({
      status: 200,
      body: { id, state: 'accepted', acceptedAt, lines: LINES, history },
    });
    await orders.settle.confirm([aReservation(id)]);
    expect((await get(`/${id}`)).body).toMatchObject({
      state: 'confirmed',
      lines: PRICED,
      totalMinor: PRICED_TOTAL_MINOR,
    });
  });

  it('does not know orders that are not recorded', async () => {
    expect(await get(`/${anOrderId()}`)).toMatchObject({ status: 404, body: { code: 'ORDER.NOT_RECORDED' } });
  });

  it('shows an order that was cancelled before it came to whoever has its id, and in no list', async () => {
    const id = anOrderId();
    await orders.cancel.execute([aCancellation(id, 'CHECKOUT_WITHDRAWN')]);
    const { body } = await get<OrderView>(`/${id}`);
    expect(body).toEqual({ id, state: 'cancelled', lines: [], history: [expect.any(Object)] });
    expect(body.history[0]).toMatchObject({ state: 'cancelled', reason: 'CHECKOUT_WITHDRAWN' });
    expect((await get<OrderPage>('')).body.items.map((order) => order.id)).not.toContain(id);
  });

  it('answers a waiting reader as soon as the order is settled, also when it was not recorded before', async () => {
    const message = aPlacing();
    const { orderId } = message.body;
    const waiting = [get<OrderView>(`/${orderId}?waitMs=20000`), get<OrderView>(`/${orderId}?waitMs=20000`)];
    await orders.place.execute([message]);
    await orders.settle.reject([aRefusal(orderId)]);
    for (const { status, body } of await Promise.all(waiting)) {
      expect([status, body.state]).toEqual([200, 'rejected']);
    }
  });

  it('answers a waiting reader with what there is when the time is over', async () => {
    const id = await placed();
    expect(await get(`/${id}?waitMs=60`)).toMatchObject({ status: 200, body: { state: 'accepted' } });
    expect(await get(`/${anOrderId()}?waitMs=60`)).toMatchObject({ status: 404 });
  });

  it('lists orders newest first, page by page, each of them once', async () => {
    const customerId = 'pages';
    const times = [
      '2011-01-02T00:00:00.001Z',
      '2011-01-02T00:00:00.002Z',
      '2011-01-02T00:00:00.002Z',
      '2011-01-01T00:00:00.000Z',
    ];
    const ids: string[] = [];
    for (const acceptedAt of times) ids.push(await placed({ customerId, acceptedAt }));
    const expected = [ids[2], ids[1], ids[0], ids[3]];
    for (const limit of [1, 2, 3, 4, 5]) {
      const seen: string[] = [];
      for (let after: string | undefined = ''; after !== undefined;) {
        const { body }: { body: OrderPage } = await get(
          `?customerId=${customerId}&limit=${limit}${after && `&after=${after}`}`,
        );
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items.map(({ id }) => id));
        after = body.next;
      }
      expect(seen).toEqual(expected);
    }
  });

  it('lists by state', async () => {
    const customerId = 'states';
    const [accepted, cancelled] = [await placed({ customerId }), await placed({ customerId })];
    await orders.cancel.execute([aCancellation(cancelled)]);
    const idsOf = async (state: string): Promise<string[]> =>
      (await get<OrderPage>(`?customerId=${customerId}&state=${state}`)).body.items.map(({ id }) => id);
    expect([await idsOf('accepted'), await idsOf('cancelled'), await idsOf('rejected')]).toEqual([
      [accepted],
      [cancelled],
      [],
    ]);
  });

  it.each([
    ['/no-uuid', 'REQUEST.INVALID'],
    [`/${anOrderId()}?waitMs=30001`, 'REQUEST.INVALID'],
    ['?state=lost', 'REQUEST.INVALID'],
    ['?limit=0', 'REQUEST.INVALID'],
    ['?customerId=%00', 'REQUEST.INVALID'],
    ['?after=no-cursor', 'REQUEST.CURSOR_INVALID'],
    [`?after=${cursorOf('yesterday', 'x')}`, 'REQUEST.CURSOR_INVALID'],
    [`?after=${cursorOf('0000-01-01T00:00:00.000Z', anOrderId())}`, 'REQUEST.CURSOR_INVALID'],
  ])('refuses %s', async (url, code) => {
    expect(await get(url)).toMatchObject({ status: 400, body: { code } });
  });

  it('asks for its key', async () => {
    expect(await get('', 'another key, just as long')).toMatchObject({ status: 401, body: { code: 'AUTH.REQUIRED' } });
  });

  it('is unavailable while its database is', async () => {
    await orders.server.shutDown();
    expect(await get(`/${anOrderId()}`)).toMatchObject({ status: 503 });
    await orders.server.start();
  });
});

function cursorOf(...position: string[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}
