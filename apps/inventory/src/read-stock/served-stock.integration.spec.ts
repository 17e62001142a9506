import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { createSharedCaches, type OwnerCacheStrategy } from '@looseleaf/backing-services';
import { createLogger, ProblemFilter, validateParameters } from '@looseleaf/service-kit';
import { InventoryModule } from '../inventory.module.js';
import { ReserveStock } from '../reserve-stock/reserve-stock.js';
import { createStockCaching } from '../stock/stock-caching.js';
import { newOrderId, reserve, TestInventory } from '../testing/test-inventory.js';

const KEY = 'the-key-of-the-internal-api';
const HIT = expect.stringMatching(/^looseleaf-inventory; hit; ttl=\d+/) as string;

describe('The answer about stock', () => {
  let inventory: TestInventory;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    inventory = await TestInventory.start();
  });
  beforeEach(() =>
    inventory.reset([
      { sku: 'pen', store: 'Rome', count: 1 },
      { sku: 'pen', store: 'Århus', count: 2 },
      { sku: 'pen', store: 'Berlin', count: 3 },
    ]),
  );
  afterEach(() => app.close());
  afterAll(() => inventory.stop());

  const start = async (strategy: OwnerCacheStrategy): Promise<void> => {
    const { database, objects } = inventory;
    const caching = createStockCaching(strategy, await createSharedCaches({ CACHE: 'memory' }), {});
    const module = InventoryModule.create({ database, objects, internalKey: KEY, caching });
    app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    app.useGlobalFilters(new ProblemFilter(createLogger('test', 'silent')));
    validateParameters(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  };
  const get = async (path: string): Promise<[status: unknown, body: Record<string, unknown>]> => {
    const response = await app.inject({ url: `/internal/${path}`, headers: { authorization: `Bearer ${KEY}` } });
    return [response.headers['cache-status'], response.json<Record<string, unknown>>()];
  };
  const take = (quantity: number): Promise<unknown> =>
    app.get(ReserveStock).execute([reserve(newOrderId(), { pen: quantity })]);

  it('comes from the cache, page by page as from the database, and strongly from the database', async () => {
    await start('write-through');
    const all = await get('stock?sku=pen');
    expect(all[0]).toBe('looseleaf-inventory; fwd=miss; stored');
    expect(await get('stock?sku=pen')).toEqual([HIT, all[1]]);
    expect(await get('stock?sku=pen&consistency=eventual')).toEqual([HIT, all[1]]);
    expect(await get('stock?sku=pen&consistency=strong')).toEqual(['looseleaf-inventory; fwd=bypass', all[1]]);
    for (const limits of ['', '&limit=2', '&limit=3', '&store=Rome', '&store=Nowhere']) {
      const [status, page] = await get(`stock?sku=pen${limits}`);
      expect([status, page]).toEqual([HIT, (await get(`stock?sku=pen&consistency=strong${limits}`))[1]]);
    }
    const [, { next }] = await get('stock?sku=pen&limit=2');
    expect(await get(`stock?sku=pen&after=${String(next)}`)).toEqual([
      'looseleaf-inventory; fwd=bypass',
      { items: [{ store: 'Århus', sku: 'pen', count: 2 }] },
    ]);
    expect((await get('stock'))[0]).toBe('looseleaf-inventory; fwd=bypass');
    expect((await get('stock?sku=none'))[1]).toEqual({ items: [] });
  });

  it('is as fresh as the last reservation with write-through, of single items, too', async () => {
    await start('write-through');
    expect(await get('items/pen')).toEqual([
      'looseleaf-inventory; fwd=miss; stored; detail=stock',
      { sku: 'pen', name: 'pen', unitPriceMinor: 100, stock: 6 },
    ]);
    await take(4);
    expect(await get('items/pen')).toEqual([HIT, expect.objectContaining({ stock: 2 })]);
    expect(await get('stock?sku=pen')).toEqual([HIT, (await get('stock?sku=pen&consistency=strong'))[1]]);
  });

  it('may lag behind with lazy loading, but for who asks for the last commit', async () => {
    await start('lazy');
    const before = await get('stock?sku=pen');
    await take(4);
    expect(await get('stock?sku=pen')).toEqual([HIT, before[1]]);
    expect((await get('stock?sku=pen&consistency=strong'))[1]).not.toEqual(before[1]);
  });

  it('comes from the database without a cache', async () => {
    await start('none');
    for (let count = 0; count < 2; count++) {
      expect((await get('stock?sku=pen'))[0]).toBe('looseleaf-inventory; fwd=bypass');
      expect((await get('items/pen'))[0]).toBe('looseleaf-inventory; fwd=bypass; detail=stock');
    }
  });
});
