import { redisProgram, whereAvailable } from '@looseleaf/infra';
import { ample, UNKNOWN, type Line } from './support/catalogue.js';
import { expectNothingLost } from './support/expectations.js';
import { kill, serviceProcess } from './support/processes.js';
import { flushRedis } from './support/redis.js';
import { TestShop } from './support/test-shop.js';
import { until } from './support/until.js';

interface BestSellers {
  readonly status: number;
  readonly cacheStatus: string;
  readonly sold: Record<string, number>;
}

const [PEN, INK, CAP] = [ample(0), ample(1), ample(2)];

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('Best sellers, ranked in Redis by two order services,', () => {
  let shop: TestShop;
  let placed = 0;
  beforeAll(async () => {
    shop = await TestShop.open({ on: ['--cache', 'redis'], replicas: 'orders=2' });
  });
  afterAll(() => shop.close());

  /** Places an order that the account at the end knows of, and waits until its state is final. */
  async function order(...lines: Line[]): Promise<string> {
    const key = `best-${++placed}`;
    const customerId = 'best';
    shop.ledger.send(key, { customerId, lines });
    const { body } = await shop.client.placeOrder({ customerId, lines }, key);
    shop.ledger.accept(key, body.id);
    await shop.client.waitForOrder(body.id);
    return body.id;
  }

  /** In the order of the list. */
  async function read(query = ''): Promise<BestSellers> {
    const { status, body, headers } = await shop.client.raw({ method: 'GET', path: `/v1/items/best-sellers${query}` });
    const { items = [] } = body as { items?: { sku: string; quantity: number }[] };
    const sold = Object.fromEntries(items.map(({ sku, quantity }) => [sku, quantity]));
    return { status, cacheStatus: String(headers['cache-status']), sold };
  }

  const untilSold = (expected: Record<string, number>, by: 'ranking' | 'sales'): Promise<unknown> =>
    until(`the best sellers are ${JSON.stringify(expected)} by the ${by}`, async () => {
      const { sold, cacheStatus } = await read();
      return JSON.stringify(sold) === JSON.stringify(expected) && cacheStatus.includes(`detail=${by}`);
    });

  it('are what was bought, the most sold first, and nothing that was rejected or cancelled', async () => {
    await order({ sku: PEN, quantity: 3 }, { sku: INK, quantity: 2 });
    await order({ sku: INK, quantity: 5 });
    await order({ sku: CAP, quantity: 90 }, { sku: UNKNOWN, quantity: 1 });
    const regretted = await order({ sku: CAP, quantity: 10 });
    await untilSold({ [CAP]: 10, [INK]: 7, [PEN]: 3 }, 'ranking');
    await shop.client.cancelOrder(regretted);
    shop.ledger.cancelledIds.add(regretted);
    await untilSold({ [INK]: 7, [PEN]: 3 }, 'ranking');
    for (const window of ['1h', '24h', '7d']) {
      expect((await read(`?window=${window}&limit=1`)).sold).toEqual({ [INK]: 7 });
    }
  });

  it('are the same when Redis has been killed and has forgotten everything, and are ranked again', async () => {
    const redis = shop.running.servers.find(({ kind }) => kind === 'redis')!.process!;
    await kill(redis);
    await order({ sku: CAP, quantity: 8 });
    await flushRedis(shop.running);
    await untilSold({ [CAP]: 8, [INK]: 7, [PEN]: 3 }, 'ranking');
  });

  it('are answered while both order services are killed, and go on where they were', async () => {
    await read();
    await kill(serviceProcess(shop.running, 'orders', 1), serviceProcess(shop.running, 'orders', 2));
    expect(await read()).toMatchObject({ status: 200, sold: { [CAP]: 8, [INK]: 7, [PEN]: 3 } });
    await order({ sku: PEN, quantity: 10 });
    await expectNothingLost(shop);
    await untilSold({ [PEN]: 13, [CAP]: 8, [INK]: 7 }, 'ranking');
  });
});
