import { eventually } from '@looseleaf/infra';
import { isFinal } from '@looseleaf/replay';
import type { LoadReport } from './order-load.js';
import type { OwnGoods } from './own-goods.js';
import type { ShopApi } from './shop-api.js';

const SETTLE_MS = 120_000;

export interface Account {
  readonly accepted: number;
  readonly confirmed: number;
  /** Accepted, and in no final state for too long. */
  readonly unfinished: number;
  /** Accepted, and not there. */
  readonly lost: readonly string[];
  /** There, and accepted by nobody; orders without a lasting answer may be there once each. */
  readonly doubled: number;
  /** Units that left the stock and were not sold, or the other way round; 0: it adds up. */
  readonly unitsAstray: number;
}

/** Waits until every order of a load is final, and compares what the shop has with what was accepted and with the stock. */
export async function takeAccount(
  shop: ShopApi,
  goods: OwnGoods,
  { acceptedIds, unanswered }: Pick<LoadReport, 'acceptedIds' | 'unanswered'>,
): Promise<Account> {
  // What does not settle in time is in the account.
  await eventually(() => expectSettled(shop, goods, acceptedIds.length), SETTLE_MS).catch(() => undefined);
  const orders = await shop.ordersOf(goods.customerId);
  const there = new Set(orders.map(({ id }) => id));
  const lost = acceptedIds.filter((id) => !there.has(id));
  const confirmed = orders.filter(({ state }) => state === 'confirmed');
  const unitsSold = confirmed.flatMap(({ lines = [] }) => lines).reduce((sum, { quantity }) => sum + quantity, 0);
  const unitsLeft = (await Promise.all(goods.skus.map((sku) => shop.unitsLeft(sku)))).reduce((a, b) => a + b, 0);
  return {
    accepted: acceptedIds.length,
    confirmed: confirmed.length,
    unfinished: orders.filter((order) => !isFinal(order)).length,
    lost,
    doubled: Math.max(0, orders.length - (acceptedIds.length - lost.length) - unanswered),
    unitsAstray: goods.unitsAtFirst - unitsLeft - unitsSold,
  };
}

async function expectSettled(shop: ShopApi, goods: OwnGoods, accepted: number): Promise<void> {
  const waiting = await shop.backlog();
  if (waiting > 0) throw new Error(`${waiting} messages wait`);
  const orders = await shop.ordersOf(goods.customerId);
  if (orders.length < accepted) throw new Error(`${accepted - orders.length} orders are not there`);
  if (!orders.every((order) => isFinal(order))) throw new Error('some orders are not final');
}
