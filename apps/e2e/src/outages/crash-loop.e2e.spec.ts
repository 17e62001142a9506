import pg from 'pg';
import { orderNumber } from '../support/catalogue.js';
import { expectNothingLost } from '../support/expectations.js';
import { untilWhole } from '../support/outage.js';
import { kill, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const BATCHES = 6;
const ORDERS_PER_BATCH = 500;
const DEATHS = 5;
/** So that the deaths follow each other closely. */
const RESTART_LIMIT_MS = 200;

let shop: TestShop;
let backlogs = 0;

beforeAll(async () => {
  shop = await TestShop.open({ restartLimitMs: RESTART_LIMIT_MS });
});
afterAll(() => shop.close());

async function placeBacklog(): Promise<void> {
  backlogs += 1;
  for (let batch = 0; batch < BATCHES; batch++) {
    const orders = Array.from({ length: ORDERS_PER_BATCH }, (_, index) => ({
      ...orderNumber(index),
      idempotencyKey: `backlog-${backlogs}-${batch}-${index}`,
    }));
    for (const order of orders) shop.ledger.send(order.idempotencyKey, order);
    const { status, body } = await shop.client.placeBatch(orders);
    expect(status).toBe(202);
    orders.forEach((order, index) => shop.ledger.accept(order.idempotencyKey, body.items[index]!.id));
  }
}

/** A table that is locked, so that whoever writes to it stands still in the middle of a batch. */
class LockedTable {
  readonly #holder: pg.Client;
  /** Of its own, because a transaction sees who is connected as it was at its first look. */
  readonly #observer: pg.Client;

  constructor(
    database: 'orders' | 'inventory',
    private readonly table: string,
  ) {
    const connectionString = shop.running.databaseUrl(database);
    this.#holder = new pg.Client({ connectionString });
    this.#observer = new pg.Client({ connectionString });
  }

  async lock(): Promise<void> {
    await Promise.all([this.#holder.connect(), this.#observer.connect()]);
    await this.#holder.query('set idle_in_transaction_session_timeout = 0');
    await this.#holder.query(`begin; lock table ${this.table} in share row exclusive mode`);
  }

  /** Resolves when a connection that is younger than `since` waits for the table. */
  async untilWaitedFor(since: Date): Promise<void> {
    await until('somebody waits for the table', async () => {
      const { rowCount } = await this.#observer.query(
        `select from pg_stat_activity
          where datname = current_database() and wait_event = 'relation' and backend_start > $1`,
        [since],
      );
      return rowCount! > 0;
    });
  }

  /** By the server's clock. */
  async now(): Promise<Date> {
    const { rows } = await this.#observer.query<{ now: Date }>('select clock_timestamp() as now');
    return rows[0]!.now;
  }

  async release(): Promise<void> {
    await Promise.all([this.#holder.end(), this.#observer.end()]);
  }
}

describe.each([
  ['order', 'orders', 'orders'],
  ['inventory', 'inventory', 'stock'],
] as const)(
  'When the %s service dies five times in a row, each time in the middle of a batch,',
  (_name, service, table) => {
    it('what it held comes back, nothing is dead-lettered, lost or doubled', async () => {
      const locked = new LockedTable(service, table);
      try {
        await locked.lock();
        await placeBacklog();
        let since = new Date(0);
        for (let death = 1; death <= DEATHS; death++) {
          await locked.untilWaitedFor(since);
          await kill(serviceProcess(shop.running, service));
          since = await locked.now();
          await until('it is started again', () => shop.running.services.find(({ name }) => name === service)?.process);
        }
      } finally {
        await locked.release();
      }
      await untilWhole(shop);
      await expectNothingLost(shop);
    });
  },
);
