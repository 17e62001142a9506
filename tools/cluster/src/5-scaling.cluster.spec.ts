import { eventually } from '@looseleaf/infra';
import { takeAccount } from './testing/account.js';
import { ClusterShop } from './testing/cluster-shop.js';
import { eventuallyOnCluster } from './testing/eventually-on-cluster.js';
import { OrderLoad } from './testing/order-load.js';
import { OwnGoods } from './testing/own-goods.js';

const ORDERS = 20_000;
const BATCH = 500;
const BATCHES_AT_A_TIME = 4;
const UP_MS = 60_000;
const DRAINED_MS = 180_000;
const DOWN_MS = 120_000;
const BUSY_ORDERS_PER_SECOND = 40;

describe('Autoscaling', () => {
  let shop: ClusterShop;
  let goods: OwnGoods;
  const acceptedIds: string[] = [];

  beforeAll(async () => {
    shop = await ClusterShop.connect();
    await shop.change('autoscaling.web.mode=cpu', 'autoscaling.workers.mode=keda');
    await untilReplicas('orders-stable', 1);
    await untilReplicas('web-stable', 2);
  });

  async function untilReplicas(deployment: string, replicas: number): Promise<void> {
    await eventuallyOnCluster(async () => {
      const { wanted, ready } = await shop.replicas(deployment);
      if (wanted !== replicas || ready !== replicas) {
        throw new Error(`${deployment}: ${ready} of ${wanted} replicas are ready`);
      }
    }, DOWN_MS);
  }

  it('gives a busy web tier more replicas', async () => {
    const load = OrderLoad.start({
      webUrl: shop.api.webUrl,
      goods: await OwnGoods.stock(shop.api),
      ordersPerSecond: BUSY_ORDERS_PER_SECOND,
    });
    try {
      await untilWanted('web-stable', 3);
    } finally {
      const report = await load.stop();
      console.log(`${report.requests} requests, failed: ${JSON.stringify(report.failed)}`);
    }
  });

  it('gives a backlog of 20,000 orders more workers within a minute', async () => {
    goods = await OwnGoods.stock(shop.api);
    expect((await shop.replicas('orders-stable')).wanted).toBe(1);
    const startedAtMs = Date.now();
    const placing = placeAll();
    await untilWanted('orders-stable', 2);
    console.log(`more workers were asked for ${Date.now() - startedAtMs} ms after the first order`);
    await placing;
    await eventually(async () => {
      const backlog = await shop.api.backlog();
      if (backlog > 0) throw new Error(`${backlog} messages wait`);
    }, DRAINED_MS);
    console.log(`the backlog was gone ${Date.now() - startedAtMs} ms after the first order`);
  });

  it('takes all of them away when it is quiet, and loses and doubles no order', async () => {
    await untilReplicas('orders-stable', 1);
    await untilReplicas('web-stable', 2);
    const account = await takeAccount(shop.api, goods, { acceptedIds, unanswered: 0 });
    expect(account).toMatchObject({
      accepted: ORDERS,
      confirmed: ORDERS,
      unfinished: 0,
      lost: [],
      doubled: 0,
      unitsAstray: 0,
    });
  });

  async function untilWanted(deployment: string, least: number): Promise<void> {
    await eventuallyOnCluster(async () => {
      const { wanted } = await shop.replicas(deployment);
      if (wanted < least) throw new Error(`${deployment}: ${wanted} replicas are wanted`);
    }, UP_MS);
  }

  async function placeAll(): Promise<void> {
    const customer = async (first: number): Promise<void> => {
      for (let number = first; number < ORDERS; number += BATCHES_AT_A_TIME * BATCH) {
        const orders = Array.from({ length: BATCH }, (_, index) => ({
          ...goods.order(number + index),
          idempotencyKey: `${goods.customerId}-${number + index}`,
        }));
        acceptedIds.push(...(await shop.api.placeBatch(orders)));
      }
    };
    await Promise.all(Array.from({ length: BATCHES_AT_A_TIME }, (_, index) => customer(index * BATCH)));
  }
});
