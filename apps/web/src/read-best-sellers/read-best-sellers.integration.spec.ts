import { answerJson, answerProblem, type StandIn } from '../testing/stand-in.js';
import { WebStage } from '../testing/web-stage.js';
import type { WebUnderTest } from '../testing/web-under-test.js';

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

  it('are answered stale while the order service is away, and refused with 503 when they were never read', async () => {
    await get('?window=7d');
    orders.behave(answerProblem(503));
    expect((await get('?window=1h')).status).toBe(503);
    await orders.disappear();
    expect((await get('?window=1h')).status).toBe(503);
    const kept = await get('?window=7d');
    expect(kept.status).toBe(200);
    expect(kept.headers.get('cache-status')).toMatch(/^looseleaf-web; hit/);
  });
});
