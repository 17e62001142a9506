import { INVENTORY_IMPORT_QUEUE, ORDERS_PLACE_QUEUE } from '@looseleaf/contracts';
import { answerJson, answerProblem, type StandIn } from '../testing/stand-in.js';
import { OPERATOR_KEY, problemOf, until, type WebUnderTest } from '../testing/web-under-test.js';
import { WebStage } from '../testing/web-stage.js';

const operator = { headers: { authorization: `Bearer ${OPERATOR_KEY}` } };

describe('The front door', () => {
  let stage: WebStage;
  let web: WebUnderTest;
  let inventory: StandIn;

  beforeAll(async () => {
    stage = await WebStage.start();
    inventory = await stage.standIn();
    web = await stage.replica({ inventoryUrl: inventory.url });
  });
  afterAll(() => stage.stop());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${web.url}${path}`, { headers });

  it('lets caches keep items, and answers 304 to who has them', async () => {
    const page = { items: [{ sku: 'PEN/1', name: 'Pen', unitPriceMinor: 250, count: 3 }] };
    inventory.behave(answerJson(page));
    const first = await get('/v1/items?query=pen&limit=10');
    expect(await first.json()).toEqual(page);
    expect(inventory.requests.at(-1)).toBe('GET /internal/items?query=pen&limit=10');
    expect(first.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const candidates of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await get('/v1/items?query=pen&limit=10', { 'if-none-match': candidates });
      expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    }
    inventory.behave(answerJson({ items: [] }));
    expect((await get('/v1/items', { 'if-none-match': etag })).status).toBe(200);
  });

  it('answers from its cache without asking, and says so', async () => {
    const near = await stage.replica({ inventoryUrl: inventory.url, catalogueCache: 'near' });
    try {
      inventory.requests.length = 0;
      inventory.behave(answerJson({ sku: 'PEN' }));
      const fetchPen = (headers: Record<string, string> = {}): Promise<Response> =>
        fetch(`${near.url}/v1/items/PEN`, { headers });
      const asked = await fetchPen();
      expect(asked.headers.get('cache-status')).toBe('looseleaf-web; fwd=miss; stored');
      expect(asked.headers.has('age')).toBe(false);
      const kept = await fetchPen();
      expect([await kept.text(), kept.headers.get('etag')]).toEqual([await asked.text(), asked.headers.get('etag')]);
      expect(kept.headers.get('cache-status')).toMatch(/^looseleaf-web; hit; ttl=1$/);
      expect([kept.headers.get('cache-control'), kept.headers.get('age')]).toEqual(['public, max-age=2', '1']);
      const unchanged = await fetchPen({ 'if-none-match': asked.headers.get('etag')! });
      expect([unchanged.status, unchanged.headers.get('cache-status')]).toEqual([
        304,
        expect.stringMatching(/^looseleaf-web; hit/),
      ]);
      expect(inventory.requests).toHaveLength(1);
      inventory.behave(answerProblem(404, 'ITEM.UNKNOWN'));
      for (const status of ['looseleaf-web; fwd=miss; stored', 'looseleaf-web; hit; ttl=1']) {
        const none = await fetch(`${near.url}/v1/items/none`);
        expect(none.headers.get('cache-status')).toBe(status);
        expect(await problemOf(none)).toMatchObject({ status: 404, code: 'ITEM.UNKNOWN' });
      }
      inventory.behave(answerProblem(400, 'CURSOR.INVALID'));
      expect(await problemOf(await fetch(`${near.url}/v1/items?after=x`))).toMatchObject({ code: 'CURSOR.INVALID' });
    } finally {
      await near.stop();
    }
  });

  it('shows one item, under any name that a sku can have', async () => {
    inventory.behave(answerJson({ sku: 'PEN/1 ü' }));
    expect((await get(`/v1/items/${encodeURIComponent('PEN/1 ü')}`)).status).toBe(200);
    expect(inventory.requests.at(-1)).toBe('GET /internal/items/PEN%2F1%20%C3%BC');
    inventory.behave(answerProblem(404, 'ITEM.UNKNOWN'));
    expect(await problemOf(await get('/v1/items/none'))).toMatchObject({ status: 404, code: 'ITEM.UNKNOWN' });
    expect(await problemOf(await get('/v1/items/%00'))).toMatchObject({
      status: 400,
      code: 'REQUEST.INVALID',
      errors: [{ pointer: 'sku' }],
    });
  });

  it('shows stock, of which nothing is kept', async () => {
    const page = { items: [{ store: 'Berlin', sku: 'PEN-1', count: 3 }] };
    inventory.behave(answerJson(page));
    const response = await get('/v1/stock?store=Berlin&sku=PEN-1&consistency=strong');
    expect(await response.json()).toEqual(page);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('cache-status')).toBe('looseleaf-web; fwd=bypass');
    expect(inventory.requests.at(-1)).toBe('GET /internal/stock?store=Berlin&sku=PEN-1&consistency=strong');
    expect((await problemOf(await get('/v1/stock?consistency=maybe'))).errors).toEqual([
      { pointer: 'consistency', detail: expect.any(String) },
    ]);
  });

  it('shows operators how much waits in each queue', async () => {
    const response = await fetch(`${web.url}/v1/queues`, operator);
    const { items } = (await response.json()) as { items: object[] };
    expect(items).toContainEqual({ queue: ORDERS_PLACE_QUEUE, depth: 0, inFlight: 0, oldestAgeMs: 0, deadLettered: 0 });
    expect((await problemOf(await get('/v1/queues'))).status).toBe(401);
  });

  it('gives dead letters back for operators', async () => {
    await fetch(`${web.url}/v1/stock-files`, {
      method: 'POST',
      headers: { ...operator.headers, 'content-type': 'text/csv' },
      body: 'store,item,count\n',
    });
    const { broker } = stage;
    const queue = broker.queue(INVENTORY_IMPORT_QUEUE);
    const consumer = queue.consume(async (batch) =>
      batch.map(() => ({ kind: 'failed', error: new Error('torn'), permanent: true }) as const),
    );
    const deadLettered = async (): Promise<number> =>
      (await broker.administration.stats()).find(({ queue: name }) => name === INVENTORY_IMPORT_QUEUE)?.deadLettered ??
      0;
    await until(async () => (await deadLettered()) === 1);
    await consumer.stop(25_000);

    const redrive = (name: string, init: RequestInit = operator): Promise<Response> =>
      fetch(`${web.url}/v1/queues/${name}/redrive`, { method: 'POST', ...init });
    expect((await problemOf(await redrive(INVENTORY_IMPORT_QUEUE, {}))).status).toBe(401);
    expect(await (await redrive(INVENTORY_IMPORT_QUEUE)).json()).toEqual({
      queue: INVENTORY_IMPORT_QUEUE,
      redriven: 1,
    });
    expect(await deadLettered()).toBe(0);
    for (const name of ['inventory.events/orders', 'inventory.events%2Forders']) {
      expect(await (await redrive(name)).json()).toEqual({ queue: 'inventory.events/orders', redriven: 0 });
    }
    expect(await problemOf(await redrive('nobody'))).toMatchObject({ status: 404, code: 'QUEUE.UNKNOWN' });
  });

  it('has a problem for every address that is none', async () => {
    expect(await problemOf(await get('/v1/nothing'))).toMatchObject({ status: 404, code: 'ROUTE.UNKNOWN' });
    const wrongMethod = await fetch(`${web.url}/v1/orders/batch`, { method: 'DELETE' });
    expect(wrongMethod.headers.get('allow')).toContain('POST');
    expect(await problemOf(wrongMethod)).toMatchObject({ status: 405, code: 'ROUTE.METHOD_NOT_ALLOWED' });
    expect(await problemOf(await get('/v1/items/%zz'))).toMatchObject({ status: 400, code: 'REQUEST.ADDRESS' });
    expect(await problemOf(await get(`/v1/items/${'x'.repeat(1_000)}`))).toMatchObject({
      status: 414,
      code: 'REQUEST.ADDRESS',
    });
  });

  it('allows no other site to read its answers', async () => {
    const response = await get('/v1/stock', { origin: 'https://elsewhere.example' });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('describes itself in OpenAPI 3.1, for machines and for people', async () => {
    const document = (await (await get('/openapi.json')).json()) as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toMatch(/^3\.1\./);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    expect(operations.sort()).toEqual([
      'delete /v1/cart',
      'delete /v1/cart/lines/{sku}',
      'delete /v1/subscriptions/{id}',
      'get /v1/cart',
      'get /v1/items',
      'get /v1/items/best-sellers',
      'get /v1/items/{sku}',
      'get /v1/orders',
      'get /v1/orders/{id}',
      'get /v1/queues',
      'get /v1/stock',
      'get /v1/stock-files/{id}',
      'get /v1/stock-files/{id}/rejections.csv',
      'get /v1/subscriptions',
      'get /v1/subscriptions/{id}',
      'get /v1/subscriptions/{id}/dead-letters',
      'post /v1/cart/checkout',
      'post /v1/orders',
      'post /v1/orders/batch',
      'post /v1/orders/{id}/cancellation',
      'post /v1/queues/{name}/redrive',
      'post /v1/queues/{topic}/{subscription}/redrive',
      'post /v1/stock-files',
      'post /v1/stock-files/uploads',
      'post /v1/subscriptions',
      'post /v1/subscriptions/{id}/redrive',
      'put /v1/cart/lines/{sku}',
      'put /v1/uploads/{collection}/{name}',
    ]);
    expect(document.paths['/v1/orders']?.['post']).toMatchObject({
      requestBody: {
        content: {
          'application/json': {
            schema: { required: ['lines'], properties: { lines: { minItems: 1, maxItems: 100 } } },
          },
        },
      },
    });
    expect(await (await get('/docs')).text()).toContain('swagger-ui');
    expect((await get('/docs/swagger-ui-bundle.js')).status).toBe(200);
  });
});
