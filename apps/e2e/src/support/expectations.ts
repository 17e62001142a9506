import { eventually } from '@looseleaf/infra';
import { CALL_NAMES, type CallName, type Calls } from './journal.js';
import { initialStock } from './catalogue.js';
import type { OutageReport } from './outage.js';
import type { OrderView, ShopClient } from './shop-client.js';
import type { TestShop } from './test-shop.js';

/** Statuses, besides the healthy one, that a call may get; 0: no answer. */
export type MayFail = Partial<Record<CallName, readonly number[]>>;

/** Without an answer of the broker there is none to these. */
export const BROKER_CALLS: MayFail = {
  'place order': [503],
  'place batch': [503],
  'cancel order': [503],
  'send stock file': [503],
  'check out': [503],
  'read queues': [503],
};

type Phases = Pick<OutageReport, 'before' | 'during' | 'after'>;

/** Shorter than any time after which a service gives up another one. */
const A_WAIT_MS = 1_500;

/**
 * Before and after, every call succeeds. During the outage, those that are named may fail, with the statuses named, and
 * each of them did, so the outage was real; all others succeed.
 */
export function expectOnlyTheseToFail({ before, during, after }: Phases, mayFail: MayFail): void {
  expectAtMostTheseToFail({ before, during, after }, mayFail);
  const failing = CALL_NAMES.filter((call) => during.of(call).failed.length > 0);
  expect(failing).toEqual(CALL_NAMES.filter((call) => mayFail[call]));
}

/** As {@link expectOnlyTheseToFail}, for outages so short that a call may come through them unharmed. */
export function expectAtMostTheseToFail({ before, during, after }: Phases, mayFail: MayFail): void {
  expect({ before: before.failed, after: after.failed }).toEqual({ before: [], after: [] });
  const unexpected = during.failed.filter(({ call, status }) => !mayFail[call]?.includes(status));
  expect(unexpected).toEqual([]);
}

/**
 * Accepting does not wait for what is away: the faster calls took no longer than ever, or less than any time limit more. How
 * much slower all became is measured by `looseleaf bench outage`, on a machine that does nothing else.
 */
export function expectNoOrderToWait({ before, during }: OutageReport): void {
  const usualMs = before.of('place order').lowerQuartileMs();
  expect(during.of('place order').lowerQuartileMs()).toBeLessThan(usualMs + A_WAIT_MS);
}

/** Whoever was refused with 503 was told why and when to come again. */
export function expectRefusalsToSayWhen(calls: Calls): void {
  const refused = calls.records.filter(({ status }) => status === 503);
  const silent = refused.filter(({ retryAfter, reason }) => !(Number(retryAfter) > 0) || reason === undefined);
  expect(silent).toEqual([]);
}

/** Nothing lost, doubled, altered or unfinished; no message left, none dead; and the stock adds up, seen from outside too. */
export async function expectNothingLost(shop: TestShop): Promise<void> {
  expect(shop.ledger.faults).toEqual([]);
  const account = await shop.account();
  expect(account).toMatchObject({
    unfinished: [],
    lost: [],
    doubled: [],
    altered: [],
    notCancelled: [],
    ofOthers: 0,
    reservationFaults: [],
    stockFaults: [],
    messagesLeft: 0,
    deadLetters: [],
    isClean: true,
  });
  const { accepted, confirmed, rejected, cancelled, takenUnanswered } = account;
  const unanswered = shop.ledger.sent.filter(({ id }) => id === undefined).length;
  expect(takenUnanswered).toBeLessThanOrEqual(unanswered);
  const rejections = Object.values(rejected).reduce((sum, count) => sum + count, 0);
  expect(confirmed + rejections + cancelled).toBe(accepted);
  expect(accepted).toBe(shop.ledger.sent.length - unanswered);
  await expectQueuesEmpty(shop.client);
  const orders = await readAll<OrderView>((query) => shop.client.listOrders(query));
  expectEachOnce(orders, shop.ledger.acceptedIds, unanswered);
  await expectStockToAddUp(shop.client, orders);
}

/** Soon: files that were uploaded may have been told of later than the last order. */
async function expectQueuesEmpty(client: ShopClient): Promise<void> {
  await eventually(async () => {
    const { body } = await client.readQueues();
    const busy = body.items.filter(({ depth, inFlight, deadLettered }) => depth + inFlight + deadLettered > 0);
    expect(busy).toEqual([]);
  });
}

/** The shop lists what was accepted, each once, and nothing else but orders whose callers got no answer. */
function expectEachOnce(orders: readonly OrderView[], acceptedIds: readonly string[], unanswered: number): void {
  const listed = new Set(orders.map(({ id }) => id));
  expect(listed.size).toBe(orders.length);
  expect(acceptedIds.filter((id) => !listed.has(id))).toEqual([]);
  expect(listed.size - acceptedIds.length).toBeLessThanOrEqual(unanswered);
}

/** Initial − confirmed = current, by the public API alone: cancelled orders have given back what they held. */
async function expectStockToAddUp(client: ShopClient, orders: readonly OrderView[]): Promise<void> {
  const expected = new Map<string, number>();
  for (const { sku, count } of initialStock()) expected.set(sku, (expected.get(sku) ?? 0) + count);
  for (const { state, lines = [] } of orders) {
    if (state !== 'confirmed') continue;
    for (const { sku, quantity } of lines) expected.set(sku, expected.get(sku)! - quantity);
  }
  const current = new Map<string, number>();
  for (const sku of expected.keys()) {
    const stores = await readAll((query) => client.readStock(`${query}&sku=${sku}&consistency=strong`));
    // Nothing changes any more: what the cache says is what the database has.
    expect(await readAll((query) => client.readStock(`${query}&sku=${sku}`))).toEqual(stores);
    current.set(
      sku,
      stores.reduce((sum, { count }) => sum + count, 0),
    );
  }
  expect(Object.fromEntries(current)).toEqual(Object.fromEntries(expected));
}

async function readAll<T>(
  read: (query: string) => Promise<{ status: number; body: { items: readonly T[]; next?: string } }>,
): Promise<T[]> {
  const all: T[] = [];
  for (let after = ''; ;) {
    const { status, body } = await read(`?limit=500${after && `&after=${encodeURIComponent(after)}`}`);
    expect(status).toBe(200);
    all.push(...body.items);
    if (body.next === undefined) return all;
    after = body.next;
  }
}
