import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { answerJson, hang, type StandIn } from '../testing/stand-in.js';
import { WebStage } from '../testing/web-stage.js';
import { OPERATOR_KEY, problemOf, type WebUnderTest } from '../testing/web-under-test.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);
const STALE = /^looseleaf-web; hit; ttl=-\d+$/;

describeOnRedis('While the inventory and the cache are away at once,', () => {
  let stage: WebStage;
  let redis: RedisServer;
  let inventory: StandIn;
  let web: WebUnderTest;

  beforeAll(async () => {
    stage = await WebStage.start();
  });
  afterAll(() => stage.stop());
  beforeEach(async () => {
    [redis, inventory] = await Promise.all([startRedis(), stage.standIn()]);
    inventory.behave(answerJson({ sku: 'PEN' }));
  });
  afterEach(async () => {
    await web.stop();
    await redis.stop();
  });

  const get = (path: string): Promise<Response> => fetch(`${web.url}${path}`);

  it.each(['lazy', 'near'] as const)(
    'items and lists that were read lately are shown as they were, and say so; what is not kept is refused (%s)',
    async (catalogueCache) => {
      const urls = { inventoryUrl: inventory.url, ordersUrl: inventory.url, redisUrl: redis.url };
      web = await stage.replica({ ...urls, catalogueCache });
      expect((await get('/v1/items/best-sellers')).status).toBe(200);
      const read = ['/v1/items/PEN', '/v1/items', '/v1/items?query=pen'];
      for (const path of read) expect((await get(path)).status).toBe(200);
      await Promise.all([redis.kill(), inventory.disappear()]);
      for (const path of read) {
        const stale = await eventually(async () => {
          const answer = await get(path);
          expect(answer.status).toBe(200);
          expect(answer.headers.get('cache-status')).toMatch(STALE);
          return answer;
        });
        expect(await stale.json()).toEqual({ sku: 'PEN' });
        expect(Number(stale.headers.get('age'))).toBeGreaterThanOrEqual(2);
      }
      expect((await get('/v1/items/best-sellers')).status).toBe(200); // the order service is away as well
      const refused = [
        '/v1/items/INK',
        '/v1/items?limit=3',
        '/v1/items?after=x',
        '/v1/stock?sku=PEN&consistency=strong',
      ];
      for (const path of refused) expect(await problemOf(await get(path))).toMatchObject({ status: 503 });
    },
  );

  it('orders and stock files are taken, and queues are shown', async () => {
    web = await stage.replica({ inventoryUrl: inventory.url, redisUrl: redis.url, catalogueCache: 'near' });
    await Promise.all([redis.kill(), inventory.disappear()]);
    const authorization = `Bearer ${OPERATOR_KEY}`;
    const post = async (path: string, type: string, body: string): Promise<number> =>
      (await fetch(web.url + path, { method: 'POST', headers: { 'content-type': type, authorization }, body })).status;
    const order = { lines: [{ sku: 'PEN', quantity: 1 }] };
    expect(await post('/v1/orders', 'application/json', JSON.stringify(order))).toBe(202);
    expect(await post('/v1/stock-files', 'text/csv', 'store,item,count\n')).toBe(202);
    expect((await fetch(`${web.url}/v1/queues`, { headers: { authorization } })).status).toBe(200);
  });

  it('frozen both, what was read lately is shown as it was, too', async () => {
    web = await stage.replica({ inventoryUrl: inventory.url, redisUrl: redis.url, catalogueCache: 'near' });
    expect((await get('/v1/items/PEN')).status).toBe(200);
    await redis.kill('SIGSTOP');
    inventory.behave(hang);
    await eventually(async () => expect((await get('/v1/items/PEN')).headers.get('cache-status')).toMatch(STALE));
  });
});
