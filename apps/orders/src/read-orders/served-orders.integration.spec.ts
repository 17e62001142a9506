import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { createSharedCaches, type OwnerCacheStrategy } from '@looseleaf/backing-services';
import { createLogger, ProblemFilter, validateParameters } from '@looseleaf/service-kit';
import { OrdersModule } from '../orders.module.js';
import { PlaceOrders } from '../place-order/place-orders.js';
import { SettleReservations } from '../settle-reservation/settle-reservations.js';
import { aPlacing, aRanking, aReservation, TestOrders } from '../testing/test-orders.js';
import { createOrderCaching } from './order-caching.js';

const KEY = 'a key of sixteen characters';

describe('The answer about an order', () => {
  let orders: TestOrders;
  let app: NestFastifyApplication;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  afterEach(() => app.close());
  afterAll(() => orders.stop());

  const start = async (strategy: OwnerCacheStrategy): Promise<void> => {
    const logger = createLogger('test', 'silent');
    const { database } = orders;
    const caching = createOrderCaching(strategy, await createSharedCaches({ CACHE: 'memory' }), {});
    const module = OrdersModule.create({ database, logger, internalKey: KEY, caching, ranking: aRanking() });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter(logger));
    validateParameters(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  };
  const place = async (): Promise<string> => {
    const message = aPlacing();
    await app.get(PlaceOrders).execute([message]);
    return message.body.orderId;
  };
  const confirm = (id: string): Promise<unknown> => app.get(SettleReservations).confirm([aReservation(id)]);
  const get = async (path: string): Promise<[status: unknown, state: unknown]> => {
    const headers = { authorization: `Bearer ${KEY}` };
    const response = await app.inject({ url: `/internal/orders/${path}`, headers });
    return [response.headers['cache-status'], response.json<{ state?: string }>().state];
  };

  it('comes from the cache, as fresh as the last transition, with write-through', async () => {
    await start('write-through');
    const id = await place();
    expect(await get(id)).toEqual(['looseleaf-orders; fwd=miss; stored', 'accepted']);
    expect(await get(id)).toEqual([expect.stringMatching(/^looseleaf-orders; hit; ttl=\d+$/), 'accepted']);
    const waiting = get(`${id}?waitMs=20000`);
    await confirm(id);
    expect(await waiting).toEqual(['looseleaf-orders; fwd=bypass', 'confirmed']);
    expect(await get(id)).toEqual([expect.stringMatching(/^looseleaf-orders; hit/), 'confirmed']);
  });

  it('is kept when it was asked for, with lazy loading, and may lag behind then', async () => {
    await start('lazy');
    const id = await place();
    expect(await get(id)).toEqual(['looseleaf-orders; fwd=miss; stored', 'accepted']);
    await confirm(id);
    expect(await get(id)).toEqual([expect.stringMatching(/^looseleaf-orders; hit; ttl=1$/), 'accepted']);
    expect(await get(`${id}?waitMs=20000`)).toEqual(['looseleaf-orders; fwd=bypass', 'confirmed']);
  });

  it('comes from the database without a cache', async () => {
    await start('none');
    const id = await place();
    for (let count = 0; count < 2; count++) {
      expect(await get(id)).toEqual(['looseleaf-orders; fwd=bypass', 'accepted']);
    }
  });
});
