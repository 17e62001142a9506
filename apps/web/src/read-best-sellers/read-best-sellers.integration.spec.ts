import { createMemoryCache } from '@looseleaf/cache';
import { answerJson, startStandIn, type StandIn } from '../testing/stand-in.js';
import { WebStage } from '../testing/web-stage.js';
import type { WebUnderTest } from '../testing/web-under-test.js';
import { Upstream } from '../upstream/upstream.js';
import { ReadBestSellers } from './read-best-sellers.js';

const LIST = { window: '24h', since: '2026-11-20T13:00:00.000Z', items: [{ sku: 'PEN', quantity: 3 }] };

describe('Best sellers', () => {
  let stage: WebStage;
  let orders: StandIn;
  let web: WebUnderTest;
  beforeAll(async () => {
    stage = await WebStage.start();
  });
  afterAll(() => stage.stop());
  beforeEach(async () => {
    orders = await stage.standIn();
    orders.behave((request, response) => {
      response.setHeader('cache-status', 'looseleaf-orders; hit; ttl=1; detail=ranking');
      answerJson(LIST)(request, response);
    });
    web = await stage.replica({ ordersUrl: orders.url, catalogueCache: 'lazy' });
  });

  const get = (query = '', headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${web.url}/v1/items/best-sellers${query}`, { headers });

  it('are asked of the order service once, and are kept for a moment, with their age and an entity tag', async () => {
    const asked = await get();
    expect(asked.status).toBe(200);
    expect(asked.headers.get('cache-status')).toBe(
      'looseleaf-orders; hit; ttl=1; detail=ranking, looseleaf-web; fwd=miss; stored',
    );
    expect(asked.headers.get('cache-control')).toBe('public, max-age=5');
    expect(await asked.json()).toEqual(LIST);
    const kept = await get('?window=24h&limit=10', { 'if-none-match': asked.headers.get('etag')! });
    expect(kept.status).toBe(304);
    expect(kept.headers.get('cache-status')).toMatch(/^looseleaf-web; hit; ttl=[0-4]$/);
    expect(orders.requests).toEqual(['GET /internal/best-sellers?window=24h&limit=10']);
  });

  it('have a list for each window and length', async () => {
    for (const query of ['?window=1h', '?window=7d&limit=3', '?limit=100']) expect((await get(query)).status).toBe(200);
    expect(orders.requests).toEqual([
      'GET /internal/best-sellers?window=1h&limit=10',
      'GET /internal/best-sellers?window=7d&limit=3',
      'GET /internal/best-sellers?window=24h&limit=100',
    ]);
  });

  it('are refused for a window that there is not, naming those that there are, and for a wrong length', async () => {
    const refused = await get('?window=30d&limit=101');
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      code: 'REQUEST.INVALID',
      errors: [
        { pointer: 'window', detail: expect.stringMatching(/"1h"\|"24h"\|"7d"/) },
        { pointer: 'limit', detail: expect.stringContaining('100') },
      ],
    });
    expect(orders.requests).toEqual([]);
  });

  it('are refused with 503 while the order service is away, where they were not read before', async () => {
    await orders.disappear();
    const refused = await get();
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('Best sellers that were read before', () => {
  it('are answered for a while, and say that they are stale, while the order service is away', async () => {
    let nowMs = 0;
    const orders = await startStandIn();
    const upstream = new Upstream({ name: 'order', baseUrl: orders.url, key: 'k' });
    const cache = createMemoryCache({ name: 'best-sellers', now: () => nowMs });
    const reader = new ReadBestSellers(upstream, { cache }, 30_000);
    orders.behave(answerJson(LIST));
    await reader.read('24h', 10);
    await orders.disappear();
    nowMs = 9_000;
    const { representation, cacheStatus, ageMs } = await reader.read('24h', 10);
    expect(JSON.parse(representation!.body)).toEqual(LIST);
    expect(cacheStatus).toMatch(/^looseleaf-web; hit; ttl=-\d$/);
    expect(ageMs).toBeGreaterThanOrEqual(9_000);
    nowMs = 36_000;
    await expect(reader.read('24h', 10)).rejects.toMatchObject({ status: 503 });
    upstream.onApplicationShutdown();
  });
});
