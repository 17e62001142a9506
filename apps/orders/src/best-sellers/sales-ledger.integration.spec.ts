import { eventually } from '@looseleaf/infra';
import { Database, runMigrations } from '@looseleaf/persistence';
import { migrations } from '../persistence/index.js';
import {
  aCancellation,
  anOrderId,
  aPlacing,
  aRefusal,
  aReservation,
  PRICED,
  TestOrders,
} from '../testing/test-orders.js';
import { HOUR_MS, hourOf, hoursOf } from './hours.js';
import { SalesLedger } from './sales-ledger.js';

const DAY_MS = 24 * HOUR_MS;
const SOLD = PRICED.map(({ sku, quantity }) => ({ member: sku, score: quantity }));

describe('The ledger of sales', () => {
  let orders: TestOrders;
  let nowMs: number;
  let ledger: SalesLedger;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  beforeEach(async () => {
    await orders.query('TRUNCATE sales, sales_journal');
    nowMs = Date.now();
    ledger = new SalesLedger(orders.database, () => nowMs);
  });
  afterAll(() => orders.stop());

  const anOrder = async (): Promise<string> => {
    const orderId = anOrderId();
    await orders.place.execute([aPlacing({ orderId })]);
    return orderId;
  };
  const aSale = async (): Promise<string> => {
    const orderId = await anOrder();
    await orders.settle.confirm([aReservation(orderId)]);
    return orderId;
  };
  const total = async (): Promise<object[]> => {
    while (await ledger.fold());
    return ledger.top(hoursOf('7d', Date.now()), 10);
  };
  const sell = (hour: number, sku: string, quantity: number, version = 1): Promise<unknown> =>
    orders.query('INSERT INTO sales VALUES ($1, $2, $3, $4)', [new Date(hour), sku, quantity, version]);

  it('has what was confirmed, once, however often it is told', async () => {
    const orderId = await anOrder();
    const reservation = aReservation(orderId);
    expect(await total()).toEqual([]);
    await orders.settle.confirm([reservation, reservation]);
    await orders.settle.confirm([reservation]);
    await orders.settle.confirm([aReservation(orderId)]);
    expect(await total()).toEqual(SOLD);
    expect(await total()).toEqual(SOLD);
  });

  it('sums up the orders of a batch', async () => {
    const ids = [await anOrder(), await anOrder(), await anOrder()];
    await orders.settle.confirm(ids.map(aReservation));
    expect(await total()).toEqual(SOLD.map(({ member, score }) => ({ member, score: 3 * score })));
  });

  it('has nothing of what is rejected, or cancelled before it is confirmed', async () => {
    await orders.settle.reject([aRefusal(await anOrder())]);
    const early = await anOrder();
    await orders.cancel.execute([aCancellation(early)]);
    await orders.settle.confirm([aReservation(early)]);
    expect(await total()).toEqual([]);
  });

  it('takes back what is cancelled, once, before or after it was added up', async () => {
    for (const isFolded of [true, false]) {
      const [kept, cancelled] = [await aSale(), await aSale()];
      if (isFolded) await total();
      for (let time = 1; time <= 2; time += 1) await orders.cancel.execute([aCancellation(cancelled)]);
      expect(await total()).toEqual(SOLD);
      await orders.cancel.execute([aCancellation(kept)]);
      expect(await total()).toEqual([]);
    }
  });

  it('takes it back in the hour in which it was sold', async () => {
    const id = await aSale();
    await total();
    await orders.query(
      `UPDATE orders SET history = jsonb_set(history, '{1,at}', '"2010-12-01T08:59:59.999Z"') WHERE id = $1`,
      [id],
    );
    await orders.cancel.execute([aCancellation(id)]);
    const rows = await orders.query<{ hour: Date }>('SELECT hour FROM sales_journal');
    expect(rows.map(({ hour }) => hour.toISOString())).toEqual(['2010-12-01T08:00:00.000Z']);
  });

  it('adds up each sale once when many processes do so at the same time', async () => {
    const ledgers = Array.from({ length: 6 }, () => new SalesLedger(orders.database));
    const ids = await Promise.all(Array.from({ length: 30 }, anOrder));
    await Promise.all([
      ...ids.map((id) => orders.settle.confirm([aReservation(id)])),
      ...ledgers.map(async (each) => {
        for (let round = 0; round < 10; round += 1) await each.fold();
      }),
    ]);
    expect(await total()).toEqual(SOLD.map(({ member, score }) => ({ member, score: 30 * score })));
  });

  it('counts for a window the running hour and those that it reaches back to', async () => {
    const hour = hourOf(nowMs);
    for (const [back, sku] of [
      [0, 'running hour'],
      [1, 'an hour'],
      [2, 'two hours'],
      [24, 'a day'],
      [25, 'a day and an hour'],
      [7 * 24, 'a week'],
      [7 * 24 + 1, 'a week and an hour'],
    ] as const) {
      await sell(hour - back * HOUR_MS, sku, 100 + back);
    }
    const counted = async (window: '1h' | '24h' | '7d', atMs: number): Promise<string[]> =>
      (await ledger.top(hoursOf(window, atMs), 10)).map(({ member }) => member);
    for (const atMs of [hour, hour + HOUR_MS - 1]) {
      expect(await counted('1h', atMs)).toEqual(['an hour', 'running hour']);
      expect(await counted('24h', atMs)).toEqual(['a day', 'two hours', 'an hour', 'running hour']);
      expect(await counted('7d', atMs)).toHaveLength(6);
    }
    expect(await counted('1h', hour + HOUR_MS)).toEqual(['running hour']);
    expect(await counted('24h', hour + HOUR_MS)).toEqual(['two hours', 'an hour', 'running hour']);
    expect(await counted('7d', hour - 1)).toContain('a week and an hour');
  });

  it('forgets after the longest window, and adds nothing to what is older', async () => {
    await sell(hourOf(nowMs - 9 * DAY_MS), 'old', 1);
    await sell(hourOf(nowMs - 7 * DAY_MS), 'in the window', 1);
    await aSale();
    await total();
    const skus = async (): Promise<string[]> =>
      (await orders.query<{ sku: string }>('SELECT sku FROM sales ORDER BY sku')).map(({ sku }) => sku);
    expect(await skus()).toEqual(['71053', '85123A', 'in the window']);
    await orders.query(`INSERT INTO sales_journal (hour, skus, quantities) VALUES ('2010-12-01', '{late}', '{-1}')`);
    await total();
    expect(await skus()).not.toContain('late');
    expect(await orders.query('SELECT FROM sales_journal')).toEqual([]);
  });

  it('tells what changed after a position, all of it or that it is too much', async () => {
    const start = await ledger.latest();
    expect(await ledger.changesAfter(start, 10)).toEqual({ kind: 'all', scores: [], latest: start });
    await aSale();
    await ledger.fold();
    const latest = await ledger.latest();
    const period = hourOf(Date.now());
    const changes = await ledger.changesAfter(start, 2);
    expect(changes).toEqual({
      kind: 'all',
      latest,
      scores: expect.arrayContaining(SOLD.map((sold) => ({ period, ...sold }))),
    });
    expect(await ledger.changesAfter(start, 1)).toEqual({ kind: 'too many' });
    expect(await ledger.changesAfter(latest, 1)).toEqual({ kind: 'all', scores: [], latest });
  });

  it('does not know positions that it never had, as those of the database that a backup replaced', async () => {
    await aSale();
    await ledger.fold();
    expect(await ledger.changesAfter((await ledger.latest()) + 1, 10)).toEqual({ kind: 'unknown position' });
  });

  it('tells all of it page by page', async () => {
    const hours = [hourOf(nowMs), hourOf(nowMs) - HOUR_MS];
    await orders.query(
      `INSERT INTO sales SELECT hour, 'item ' || number, 1, 1
         FROM unnest($1::timestamptz[]) AS hour, generate_series(1, 6000) AS number`,
      [hours.map((hour) => new Date(hour))],
    );
    const told: string[] = [];
    for await (const page of ledger.pages()) told.push(...page.map(({ period, member }) => `${period} ${member}`));
    expect(told).toHaveLength(12_000);
    expect(new Set(told).size).toBe(12_000);
  });

  it('begins with the orders that were confirmed before sales were counted: the migration counts them', async () => {
    const url = await orders.server.createDatabase('before');
    await runMigrations({ url, migrations: migrations.slice(0, -1) });
    const database = new Database({ url, entities: [], migrations: [] });
    database.start();
    await eventually(() => database.ping());
    const insert = (state: string, at: number): Promise<unknown> =>
      database.read((manager) =>
        manager.query(
          `INSERT INTO orders (id, state, lines, history, request_digest, accepted_at)
           VALUES (gen_random_uuid(), $1, '[{"sku":"pen","quantity":2},{"sku":"ink","quantity":1}]', $2, 'd', $3)`,
          [state, JSON.stringify(['accepted', state].map((step) => ({ state: step, at: new Date(at) }))), new Date(at)],
        ),
      );
    try {
      for (const state of ['confirmed', 'confirmed', 'rejected']) await insert(state, nowMs);
      await insert('confirmed', nowMs - 9 * DAY_MS);
      await runMigrations({ url, migrations });
      expect(await new SalesLedger(database).top([hourOf(nowMs)], 10)).toEqual([
        { member: 'pen', score: 4 },
        { member: 'ink', score: 2 },
      ]);
      expect(await new SalesLedger(database).latest()).toBe(1);
    } finally {
      await database.close();
    }
  });
});
