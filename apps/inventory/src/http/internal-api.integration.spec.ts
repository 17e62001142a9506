import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestFactory } from '@nestjs/core';
import { createLogger, ProblemFilter, validateParameters } from '@looseleaf/service-kit';
import { ImportStockFileConsumer } from '../import-stock-file/import-stock-file.consumer.js';
import { InventoryModule } from '../inventory.module.js';
import { firstDelivery, newOrderId, TestInventory } from '../testing/test-inventory.js';
import { httpOptions } from './http-options.js';

const KEY = 'the-key-of-the-internal-api';

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

describe('the internal HTTP API', () => {
  let inventory: TestInventory;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    inventory = await TestInventory.start();
    const { database, objects } = inventory;
    app = await NestFactory.create<NestFastifyApplication>(
      InventoryModule.create({ database, objects, internalKey: KEY }),
      new FastifyAdapter(httpOptions),
      { logger: false },
    );
    app.useGlobalFilters(new ProblemFilter(createLogger('test', 'silent')));
    validateParameters(app);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    await inventory.reset();
    const file = await inventory.upload(
      [
        'store,item,count,name,unitPriceMinor',
        'Berlin,85123A,5,White Hanging HEART,255',
        'Paris,85123A,3,,',
        'Berlin,85123B,0,Red 100% wool,99',
        'Berlin,71053,6,Métal_Lantern,339',
        'Rome,71053,-6,,',
        'Rome,"a/b ""c"" é",1,,',
      ].join('\n'),
    );
    await app.get(ImportStockFileConsumer).handle([file], firstDelivery([file]));
    fileId = file.body.fileId;
  });
  let fileId: string;
  afterAll(async () => {
    await app.close();
    await inventory.stop();
  });

  async function get(url: string, key = KEY): Promise<Answer> {
    const answer = await app.inject({ method: 'GET', url, headers: { authorization: `Bearer ${key}` } });
    const type = String(answer.headers['content-type']);
    const body = type.includes('json') ? (answer.json() as Record<string, unknown>) : {};
    return { status: answer.statusCode, type, text: answer.body, body };
  }
  const skusOf = ({ body }: Answer): string[] => (body['items'] as { sku: string }[]).map(({ sku }) => sku);

  it.each(['/internal/items', '/internal/items/71053', '/internal/stock', `/internal/stock-files/${newOrderId()}`])(
    'asks for the key at %s',
    async (url) => {
      expect(await get(url, 'another')).toMatchObject({ status: 401, body: { code: 'AUTH.REQUIRED' } });
    },
  );

  it('shows an item with its price and the stock of all stores', async () => {
    const { status, body } = await get('/internal/items/85123A');
    expect(status).toBe(200);
    expect(body).toEqual({ sku: '85123A', name: 'White Hanging HEART', unitPriceMinor: 255, stock: 8 });
    expect((await get(`/internal/items/${encodeURIComponent('a/b "c" é')}`)).body).toEqual({
      sku: 'a/b "c" é',
      name: 'a/b "c" é',
      unitPriceMinor: null,
      stock: 1,
    });
    expect(await get('/internal/items/none')).toMatchObject({ status: 404, body: { code: 'ITEM.UNKNOWN' } });
  });

  it.each([
    ['85123', ['85123A', '85123B']],
    ['85123a', ['85123A']],
    ['heart', ['85123A']],
    ['MÉTAL', ['71053']],
    ['0% w', ['85123B']],
    ['%', ['85123B']],
    ['l_l', ['71053']],
    ['123', []],
  ])('finds items by the beginning of the sku or a part of the name: %s', async (query, expected) => {
    expect(skusOf(await get(`/internal/items?query=${encodeURIComponent(query)}`))).toEqual(expected);
  });

  it('lists in pages', async () => {
    const first = await get('/internal/items?limit=2');
    expect(skusOf(first)).toEqual(['71053', '85123A']);
    const second = await get(`/internal/items?limit=2&after=${String(first.body['next'])}`);
    expect(skusOf(second)).toEqual(['85123B', 'a/b "c" é']);
    expect(second.body).not.toHaveProperty('next');

    const stock = await get('/internal/stock?limit=3');
    expect(stock.body['items']).toEqual([
      { store: 'Berlin', sku: '71053', count: 6 },
      { store: 'Berlin', sku: '85123A', count: 5 },
      { store: 'Paris', sku: '85123A', count: 3 },
    ]);
    const rest = await get(`/internal/stock?limit=3&after=${String(stock.body['next'])}`);
    expect(skusOf(rest)).toEqual(['85123B', 'a/b "c" é']);
  });

  it('lists the stock of a store, of an item, or of both', async () => {
    expect(skusOf(await get('/internal/stock?store=Paris'))).toEqual(['85123A']);
    expect(skusOf(await get('/internal/stock?sku=85123A'))).toEqual(['85123A', '85123A']);
    expect((await get('/internal/stock?sku=85123A&store=Berlin')).body).toEqual({
      items: [{ store: 'Berlin', sku: '85123A', count: 5 }],
    });
    expect((await get('/internal/stock?store=Nowhere')).body).toEqual({ items: [] });
  });

  it('names the faults of a request', async () => {
    expect(await get('/internal/items?limit=0&query=')).toMatchObject({
      status: 400,
      type: expect.stringContaining('application/problem+json') as string,
      body: { code: 'REQUEST.INVALID', errors: [{ pointer: 'query' }, { pointer: 'limit' }] },
    });
    const withNul = (length: number): string =>
      Buffer.from(JSON.stringify(Array(length).fill('\0'))).toString('base64url');
    for (const path of ['stock?after=x', `stock?after=${withNul(2)}`, `items?after=${withNul(1)}`]) {
      expect(await get(`/internal/${path}`)).toMatchObject({ status: 400, body: { code: 'REQUEST.CURSOR_INVALID' } });
    }
    expect(await get('/internal/stock-files/1')).toMatchObject({ status: 400, body: { code: 'REQUEST.INVALID' } });
  });

  it('shows how an import went, and all of its rejections', async () => {
    expect((await get(`/internal/stock-files/${fileId}`)).body).toMatchObject({
      id: fileId,
      state: 'imported',
      rowsRead: 6,
      rowsImported: 5,
      rowsRejected: 1,
      rejections: [{ line: 6, reason: 'count is negative: "-6"' }],
    });
    const csv = await get(`/internal/stock-files/${fileId}/rejections.csv`);
    expect(csv).toMatchObject({ status: 200, type: 'text/csv; charset=utf-8' });
    expect(csv.text).toBe('line,reason\n6,"count is negative: ""-6"""\n');
    const unknown = newOrderId();
    expect(await get(`/internal/stock-files/${unknown}`)).toMatchObject({
      status: 404,
      body: { code: 'STOCK_FILE.UNKNOWN' },
    });
    expect(await get(`/internal/stock-files/${unknown}/rejections.csv`)).toMatchObject({ status: 404 });
  });

  it('shows imports to many readers at once, more than it has connections to the database', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => get(`/internal/stock-files/${fileId}`)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});
