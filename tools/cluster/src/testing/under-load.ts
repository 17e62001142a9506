import { eventually } from '@looseleaf/infra';
import { takeAccount } from './account.js';
import type { ClusterShop } from './cluster-shop.js';
import { type LoadReport, OrderLoad } from './order-load.js';
import { OwnGoods } from './own-goods.js';

/** Each is three requests. The pods that start meanwhile need the processors. */
const ORDERS_PER_SECOND = 5;
/** Before it happens, and after it. */
const ORDERS_AROUND = 20;
const AROUND_MS = 60_000;

/** Lets something happen to the shop while customers order: no request fails, and the account of their orders is clean. */
export async function expectNothingNoticed(shop: ClusterShop, happen: () => Promise<void>): Promise<void> {
  const report = await underLoad(shop, happen);
  expect(report.failed).toEqual({});
}

/**
 * As above, for what may fail requests for a while.
 * @returns what the customers saw
 */
export async function underLoad(shop: ClusterShop, happen: () => Promise<void>): Promise<LoadReport> {
  const goods = await OwnGoods.stock(shop.api);
  const load = OrderLoad.start({ webUrl: shop.api.webUrl, goods, ordersPerSecond: ORDERS_PER_SECOND });
  let report: LoadReport;
  try {
    await someOrders(load);
    await happen();
    await someOrders(load);
  } finally {
    report = await load.stop();
  }
  const account = await takeAccount(shop.api, goods, report);
  console.log(`${report.requests} requests, failed: ${JSON.stringify(report.failed)}; ${JSON.stringify(account)}`);
  expect(report.unanswered).toBe(0);
  expect(account).toMatchObject({ unfinished: 0, lost: [], doubled: 0, unitsAstray: 0 });
  expect(account.confirmed).toBe(report.acceptedIds.length);
  return report;
}

function someOrders(load: OrderLoad): Promise<void> {
  const enough = load.accepted + ORDERS_AROUND;
  return eventually(() => {
    if (load.accepted < enough) throw new Error(`${load.accepted} of ${enough} orders are accepted`);
  }, AROUND_MS);
}
