import fc from 'fast-check';
import type { ReleaseStock as Release, ReserveStock as Reserve } from '@looseleaf/contracts';
import type { Message } from '@looseleaf/messaging';
import { Database, TransactionConflictError } from '@looseleaf/persistence';
import { entities, migrations } from '../persistence/index.js';
import { ReleaseStock } from '../release-stock/release-stock.js';
import { newOrderId, release, reserve, TestInventory, type StockSeed } from '../testing/test-inventory.js';
import { ReserveStock } from './reserve-stock.js';

const SKUS = ['card', 'ribbon', 'paper'];
const STORES = ['Athens', 'Berlin', 'Paris'];
const CONSUMERS = 4;

interface Plan {
  readonly lines: Record<string, number>;
  readonly released: boolean;
  readonly releasedFirst: boolean;
  readonly duplicated: boolean;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  lines: fc.dictionary(fc.constantFrom(...SKUS), fc.integer({ min: 1, max: 6 }), { minKeys: 1 }),
  released: fc.boolean(),
  releasedFirst: fc.boolean(),
  duplicated: fc.boolean(),
});
const scenario = fc.record({
  counts: fc.array(fc.nat(25), { minLength: SKUS.length * STORES.length, maxLength: SKUS.length * STORES.length }),
  plans: fc.array(plan, { minLength: 10, maxLength: 60 }),
  batchSize: fc.integer({ min: 1, max: 20 }),
});

/** A consumer takes its next batch when it is done with the one before. */
type Batch = { readonly reserves: Message<Reserve>[]; readonly releases: Message<Release>[] };

describe('several consumers at the same time', () => {
  let inventory: TestInventory;
  let databases: Database[];

  beforeAll(async () => {
    inventory = await TestInventory.start();
    databases = Array.from({ length: CONSUMERS }, () => new Database({ url: inventory.url, entities, migrations }));
    for (const database of databases) database.start();
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await inventory.stop();
  });

  function seed(counts: readonly number[]): StockSeed[] {
    return SKUS.flatMap((sku, i) => STORES.map((store, j) => ({ sku, store, count: counts[i * STORES.length + j]! })));
  }

  async function consume(database: Database, batches: Batch[]): Promise<void> {
    const [reserveStock, releaseStock] = [new ReserveStock(database), new ReleaseStock(database)];
    for (let batch = batches.shift(); batch; batch = batches.shift()) {
      const { reserves, releases } = batch;
      await withRetry(() => reserveStock.execute(reserves));
      await withRetry(() => releaseStock.execute(releases));
    }
  }

  /** What the pipeline does; a batch that met another command of the same order is tried again. */
  async function withRetry(work: () => Promise<unknown>): Promise<void> {
    for (;;) {
      try {
        await work();
        return;
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (!(error instanceof TransactionConflictError) && code !== '23505') throw error;
      }
    }
  }

  function batchesOf(plans: readonly Plan[], batchSize: number): Batch[] {
    const batches: Batch[] = [];
    const put = (index: number): Batch => (batches[index] ??= { reserves: [], releases: [] });
    plans.forEach(({ lines, released, releasedFirst, duplicated }, position) => {
      const orderId = newOrderId();
      const command = reserve(orderId, lines);
      const at = Math.floor(position / batchSize) + 1;
      put(at).reserves.push(command);
      if (duplicated) put(at + 1).reserves.push(command, reserve(orderId, lines));
      if (released) put(releasedFirst ? at - 1 : at + 1).releases.push(release(orderId));
      if (released && duplicated) put(at).releases.push(release(orderId));
    });
    return [...batches].map((batch) => batch ?? { reserves: [], releases: [] });
  }

  it('never sells more than there is, and loses and doubles nothing', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ counts, plans, batchSize }) => {
        await inventory.reset(seed(counts));
        const before = await inventory.counts();
        const batches = batchesOf(plans, batchSize);
        await Promise.all(databases.map((database) => consume(database, batches)));

        const after = await inventory.counts();
        const held = await inventory.query<{ place: string; quantity: string }>(
          `SELECT a->>'store' || ' ' || (a->>'sku') AS place, sum((a->>'quantity')::int) AS quantity
             FROM reservation, jsonb_array_elements(allocations) AS a WHERE state = 'reserved' GROUP BY 1`,
        );
        const heldAt = new Map(held.map(({ place, quantity }) => [place, Number(quantity)]));
        for (const [place, count] of Object.entries(after)) {
          expect(count).toBeGreaterThanOrEqual(0);
          expect(count + (heldAt.get(place) ?? 0)).toBe(before[place]);
        }
        await expectAnswersOnce(plans.length);
      }),
      { numRuns: 25 },
    );
  });

  /** Every order has one reservation, at most one answer, and the last event about a count tells the count. */
  async function expectAnswersOnce(orders: number): Promise<void> {
    const messages = await inventory.takeMessages();
    const states = await inventory.query<{ order_id: string; state: string }>(
      'SELECT order_id, state FROM reservation',
    );
    expect(states).toHaveLength(orders);
    const answers = messages.filter(({ name }) => name === 'stock.reserved' || name === 'stock.refused');
    expect(new Set(answers.map(({ body }) => body['orderId'])).size).toBe(answers.length);
    const reservedFor = new Set(
      answers.filter(({ name }) => name === 'stock.reserved').map(({ body }) => body['orderId']),
    );
    const releasedFor = messages.filter(({ name }) => name === 'stock.released').map(({ body }) => body['orderId']);
    expect(new Set(releasedFor).size).toBe(releasedFor.length);
    for (const { order_id, state } of states) {
      expect(reservedFor.has(order_id) && !releasedFor.includes(order_id)).toBe(state === 'reserved');
    }
    const told = new Map(
      messages
        .filter(({ name }) => name === 'stock.changed')
        .map(({ body }) => [`${body['store']} ${body['sku']}`, body['count']]),
    );
    const counts = await inventory.counts();
    for (const [place, count] of told) expect(count).toBe(counts[place]);
  }
});
