import { eventually, k6Program, whereAvailable } from '@looseleaf/infra';
import { spawnShop, type SpawnedShop } from '@looseleaf/launcher';
import { ShopClient } from '@looseleaf/replay';
import pg from 'pg';
import type { Account } from './account/account.js';
import { audit } from './account/audit.js';
import { load } from './load.js';
import { Journal } from './run-k6/journal.js';

const describeWithK6 = await whereAvailable(describe, k6Program);
/** Machines that run tests are busy. */
const LIMITS = { p95Ms: 30_000 };
const LINES = [{ sku: 'UNHEARD-OF', quantity: 1 }];

let spawned: SpawnedShop;
let address: string;
let operatorKey: string;
let shop: ShopClient;
beforeAll(async () => {
  spawned = await spawnShop();
  ({ webUrl: address, operatorKey } = spawned.shop());
  shop = new ShopClient({ webUrl: address, operatorKey, patienceMs: 10_000 });
});
afterAll(() => spawned.stop());

describeWithK6('Load on a shop', () => {
  const newestOrderId = async (): Promise<string | undefined> =>
    (await shop.get<{ items: { id: string }[] }>('/v1/orders?limit=1')).items[0]?.id;

  it('ends with the account of every order', async () => {
    const report = await load('smoke', { address, operatorKey, durationSeconds: 3, ...LIMITS });
    const { sent } = report.account;
    expect(sent).toBeGreaterThanOrEqual(5);
    expect(report).toMatchObject({ ok: true, isInterrupted: false, failedRequests: 0, requests: 4 * sent });
    expect(report.account).toMatchObject({ accepted: sent, confirmed: sent, rejected: {}, isStockCompared: true });
  });

  it('is not well when a threshold is broken, though no order is lost', async () => {
    const report = await load('accept-only', {
      address,
      operatorKey,
      ratePerSecond: 5,
      durationSeconds: 1,
      p95Ms: 0.001,
    });
    expect(report).toMatchObject({ ok: false, account: { isClean: true } });
    expect(report.thresholds.filter(({ ok }) => !ok)).toMatchObject([
      { metric: expect.stringContaining('place order') },
    ]);
  });

  it('accounts for what was sent when it is ended early', async () => {
    const before = await newestOrderId();
    const interruption = new AbortController();
    const { signal } = interruption;
    const loading = load('accept-only', { address, operatorKey, durationSeconds: 600, signal, ...LIMITS });
    await eventually(async () => expect(await newestOrderId()).not.toBe(before));
    interruption.abort();
    const { isInterrupted, account } = await loading;
    expect(isInterrupted).toBe(true);
    expect(account.accepted).toBeGreaterThan(0);
    expect(account).toMatchObject({ isClean: true, unanswered: 0, confirmed: account.accepted });
  });
});

describe('The account', () => {
  let database: pg.Client;
  let journal: Journal;
  let customerId: string;
  let runs = 0;
  beforeAll(async () => {
    database = new pg.Client({ connectionString: spawned.shop().databaseUrl('orders') });
    await database.connect();
  });
  beforeEach(() => {
    journal = new Journal();
    customerId = `customer-${runs++}`;
  });
  afterAll(() => database.end());

  const place = async (key: string): Promise<string> => {
    const response = await fetch(`${address}/v1/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({ customerId, lines: LINES }),
    });
    return ((await response.json()) as { id: string }).id;
  };
  const placeAndTell = async (key: string): Promise<string> => {
    journal.add(['sent', key, LINES]);
    const id = await place(key);
    journal.add(['accepted', key, id, 1]);
    return id;
  };
  const takeAccount = (): Promise<Account> => audit(shop, journal, { customerId, stallMs: 2_000 });

  it('finds an order that is lost and one that is doubled', async () => {
    const [lost, twin] = [await placeAndTell('lost'), await placeAndTell('twin')];
    expect(await takeAccount()).toMatchObject({ isClean: true, accepted: 2, rejected: { UNKNOWN_ITEM: 2 } });
    await database.query('DELETE FROM orders WHERE id = $1', [lost]);
    await database.query(
      `INSERT INTO orders SELECT (jsonb_populate_record(orders, jsonb_build_object('id', gen_random_uuid()))).*
         FROM orders WHERE id = $1`,
      [twin],
    );
    const account = await takeAccount();
    expect(account).toMatchObject({ isClean: false, accepted: 2, lost: [lost], unfinished: [] });
    expect(account.doubled).toEqual([expect.any(String)]);
    expect(account.doubled).not.toContain(twin);
  });

  it('sends an order whose answer never came again, and knows it then', async () => {
    journal.add(['sent', 'taken', LINES]);
    const id = await place('taken');
    journal.add(['failed', 'taken', 'request timeout']);
    journal.add(['sent', 'never arrived', LINES]);
    expect(await takeAccount()).toMatchObject({ isClean: true, accepted: 2, unanswered: 0, takenUnanswered: 0 });
    expect(journal.orders.get('taken')).toMatchObject({ id });
  });

  it('finds an order that never becomes final', async () => {
    const id = await placeAndTell('stuck');
    expect(await takeAccount()).toMatchObject({ isClean: true });
    await database.query(`UPDATE orders SET state = 'accepted' WHERE id = $1`, [id]);
    expect(await takeAccount()).toMatchObject({ isClean: false, unfinished: [id], lost: [], doubled: [] });
  });
});
