import { createMemoryCache, withCircuit, type Cache } from '@looseleaf/cache';
import { failingCache, hangs, rejects } from '@looseleaf/cache/testing';
import { eventually } from '@looseleaf/infra';
import { answerJson, answerProblem, startStandIn, type StandIn } from '../testing/stand-in.js';
import { Upstream } from '../upstream/upstream.js';
import type { CatalogueCaches } from './catalogue-caches.js';
import { ReadCatalogue } from './read-catalogue.js';

describe('The catalogue, kept for a moment', () => {
  let inventory: StandIn;
  let upstream: Upstream;
  let nowMs: number;
  let caches: CatalogueCaches;

  beforeEach(async () => {
    inventory = await startStandIn();
    upstream = new Upstream({ name: 'inventory', baseUrl: inventory.url, key: 'k' });
    nowMs = 0;
    const create = (name: string): Cache => createMemoryCache({ name, now: () => nowMs });
    caches = {
      items: { cache: create('items') },
      unknownSkus: create('unknown'),
      pages: { cache: create('pages') },
      searches: { cache: create('searches') },
    };
  });
  afterEach(async () => {
    upstream.onApplicationShutdown();
    await inventory.disappear();
  });

  const catalogue = (staleness?: { ifErrorMs?: number; whileRevalidateMs?: number }): ReadCatalogue =>
    new ReadCatalogue(upstream, caches, { ifErrorMs: 0, whileRevalidateMs: 0, ...staleness });

  it('asks once for what many readers want at the same time, and again when its time is over', async () => {
    const reader = catalogue();
    let answer: (() => void) | undefined;
    inventory.behave((request, response) => {
      answer = () => answerJson({ sku: 'PEN' })(request, response);
    });
    const readings = Array.from({ length: 50 }, () => reader.item('PEN'));
    await eventually(() => expect(answer).toBeDefined());
    answer!();
    const statuses = (await Promise.all(readings)).map(({ cacheStatus }) => cacheStatus);
    expect(inventory.requests).toEqual(['GET /internal/items/PEN']);
    expect(statuses[0]).toBe('looseleaf-web; fwd=miss; stored');
    expect(new Set(statuses.slice(1))).toEqual(new Set(['looseleaf-web; fwd=miss; stored; collapsed']));

    expect(await reader.item('PEN')).toMatchObject({
      cacheStatus: expect.stringMatching(/^looseleaf-web; hit; ttl=1/),
    });
    expect(inventory.requests).toHaveLength(1);
    nowMs = 2_000;
    inventory.behave(answerJson({ sku: 'PEN', stock: 1 }));
    expect((await reader.item('PEN')).representation?.body).toBe('{"sku":"PEN","stock":1}');
  });

  it('is as old as it says, and never fresh for longer than two seconds, of which no jitter makes more', async () => {
    const reader = catalogue();
    inventory.behave(answerJson({}));
    expect((await reader.item('PEN')).ageMs).toBe(0);
    nowMs = 1_500;
    expect((await reader.item('PEN')).ageMs).toBeGreaterThanOrEqual(1_500);
    for (let sku = 0; sku < 50; sku++) await reader.item(String(sku));
    inventory.requests.length = 0;
    nowMs += 2_000;
    for (let sku = 0; sku < 50; sku++) await reader.item(String(sku));
    expect(inventory.requests).toHaveLength(50);
  });

  it('has one tag for one body, worked out when it was loaded', async () => {
    const reader = catalogue();
    inventory.behave(answerJson({ sku: 'Füller', text: 'a\nb' }));
    const loaded = await reader.item('F');
    const kept = await reader.item('F');
    expect(kept.representation).toEqual({ body: '{"sku":"Füller","text":"a\\nb"}', etag: loaded.representation?.etag });
  });

  it('passes on what the inventory says of its own cache, for the answer that it gave', async () => {
    const reader = catalogue();
    inventory.behave((request, response) => {
      response.setHeader('cache-status', 'looseleaf-inventory; hit; ttl=9');
      answerJson({})(request, response);
    });
    expect((await reader.item('PEN')).cacheStatus).toBe(
      'looseleaf-inventory; hit; ttl=9, looseleaf-web; fwd=miss; stored',
    );
    expect((await reader.item('PEN')).cacheStatus).toMatch(/^looseleaf-web; hit/);
    expect((await reader.page({ after: 'x' })).cacheStatus).toBe(
      'looseleaf-inventory; hit; ttl=9, looseleaf-web; fwd=bypass',
    );
  });

  it('remembers for a moment that there is no such item, apart from those that there are', async () => {
    const reader = catalogue();
    inventory.behave(answerProblem(404, 'ITEM.UNKNOWN'));
    expect(await reader.item('none')).toMatchObject({
      representation: undefined,
      cacheStatus: 'looseleaf-web; fwd=miss; stored',
    });
    expect(await reader.item('none')).toMatchObject({
      representation: undefined,
      cacheStatus: expect.stringMatching(/^looseleaf-web; hit; ttl=/),
    });
    expect(inventory.requests).toHaveLength(1);
    expect(await caches.items.cache.read('none')).toMatchObject({ kind: 'miss' });
    nowMs = 2_000;
    inventory.behave(answerJson({ sku: 'none' }));
    expect((await reader.item('none')).representation?.body).toBe('{"sku":"none"}');
  });

  it('keeps its own first pages apart from searches, and neither later pages nor large ones', async () => {
    const reader = catalogue();
    inventory.behave(answerJson({ items: [] }));
    const asked = async (...queries: Parameters<ReadCatalogue['page']>[0][]): Promise<number> => {
      inventory.requests.length = 0;
      for (const query of queries) await reader.page(query);
      return inventory.requests.length;
    };
    expect(await asked({}, {}, { limit: 100 }, { limit: 100 })).toBe(2);
    expect(await asked({ query: 'pen' }, { query: 'pen' })).toBe(1);
    expect(await asked({ limit: 101 }, { limit: 101 }, { after: 'x' }, { after: 'x' })).toBe(4);
    expect(await caches.pages.cache.read('/internal/items?query=pen')).toMatchObject({ kind: 'miss' });
    expect(await caches.searches.cache.read('/internal/items?query=pen')).toMatchObject({ kind: 'hit' });
  });

  it('is answered for a while, and says that it is stale, while the inventory is away', async () => {
    const reader = catalogue({ ifErrorMs: 30_000 });
    inventory.behave(answerJson({ sku: 'PEN' }));
    await reader.item('PEN');
    await reader.page({});
    await inventory.disappear();
    nowMs = 7_000;
    for (const reading of [reader.item('PEN'), reader.page({})]) {
      const { representation, cacheStatus, ageMs } = await reading;
      expect(representation?.body).toBe('{"sku":"PEN"}');
      expect(cacheStatus).toMatch(/^looseleaf-web; hit; ttl=-\d+$/);
      expect(ageMs).toBeGreaterThanOrEqual(7_000);
    }
    await expect(reader.item('INK')).rejects.toMatchObject({ status: 503 });
    nowMs = 32_000;
    await expect(reader.item('PEN')).rejects.toMatchObject({ status: 503 });
  });

  it.each([500, 503])('is answered as well while the inventory answers %i', async (status) => {
    const reader = catalogue({ ifErrorMs: 30_000 });
    inventory.behave(answerJson({ sku: 'PEN' }));
    await reader.item('PEN');
    nowMs = 7_000;
    inventory.behave(answerProblem(status));
    expect((await reader.item('PEN')).representation?.body).toBe('{"sku":"PEN"}');
  });

  it('is not answered to a request that the inventory finds fault with', async () => {
    const reader = catalogue({ ifErrorMs: 30_000 });
    inventory.behave(answerJson({ items: [] }));
    await reader.page({ query: 'pen' });
    nowMs = 7_000;
    inventory.behave(answerProblem(400));
    await expect(reader.page({ query: 'pen' })).rejects.toMatchObject({ answer: { status: 400 } });
  });

  it('is answered at once and asked for behind the back of its reader, where that is wanted', async () => {
    const reader = catalogue({ whileRevalidateMs: 5_000 });
    inventory.behave(answerJson({ stock: 1 }));
    await reader.item('PEN');
    nowMs = 3_000;
    inventory.behave(answerJson({ stock: 2 }));
    expect((await reader.item('PEN')).representation?.body).toBe('{"stock":1}');
    await eventually(async () => expect((await reader.item('PEN')).representation?.body).toBe('{"stock":2}'));
    expect(inventory.requests).toHaveLength(2);
  });

  it.each([
    ['refuses every call', rejects],
    ['never answers', hangs],
  ])('is read from the inventory while the cache %s', async (_what, fail) => {
    const cache = withCircuit(failingCache('dead', fail), { budgetMs: 10 });
    caches = { items: { cache }, unknownSkus: cache, pages: { cache }, searches: { cache } };
    const reader = catalogue();
    inventory.behave(answerJson({ sku: 'PEN' }));
    for (let count = 0; count < 3; count++) {
      expect(await reader.item('PEN')).toMatchObject({ cacheStatus: 'looseleaf-web; fwd=bypass', ageMs: 0 });
      expect((await reader.page({})).representation?.body).toBe('{"sku":"PEN"}');
    }
    expect(inventory.requests).toHaveLength(6);
    inventory.behave(answerProblem(404));
    expect((await reader.item('none')).representation).toBeUndefined();
  });
});

describe('The catalogue without caches', () => {
  it('is asked for by every reader', async () => {
    const inventory = await startStandIn();
    const upstream = new Upstream({ name: 'inventory', baseUrl: inventory.url, key: 'k' });
    const reader = new ReadCatalogue(upstream);
    inventory.behave(answerJson({}));
    const readings = await Promise.all([reader.item('PEN'), reader.item('PEN'), reader.page({})]);
    for (const { cacheStatus } of readings) expect(cacheStatus).toBe('looseleaf-web; fwd=bypass');
    expect(inventory.requests).toHaveLength(3);
    upstream.onApplicationShutdown();
    await inventory.disappear();
  });
});
