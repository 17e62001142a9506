import { eventually } from '@looseleaf/infra';
import { createMemoryCache, withCircuit } from '@looseleaf/cache';
import { failingCache, hangs, rejects } from '@looseleaf/cache/testing';
import { UnavailableError } from '@looseleaf/messaging';
import fc from 'fast-check';
import { versionOf, type OrderView } from '../domain/order-view.js';
import {
  aCancellation,
  anOrderId,
  aPlacing,
  aRefusal,
  aReservation,
  PRICED_TOTAL_MINOR,
  TestOrders,
} from '../testing/test-orders.js';
import { CachedOrders } from './cached-orders.js';
import { OrderReader } from './order-reader.js';

/** What can be done to an order that is or is not there yet. */
const steps: Record<string, (orders: TestOrders, id: string) => Promise<unknown>> = {
  place: (orders, orderId) => orders.place.execute([aPlacing({ orderId })]),
  confirm: (orders, id) => orders.settle.confirm([aReservation(id)]),
  reject: (orders, id) => orders.settle.reject([aRefusal(id)]),
  cancel: (orders, id) => orders.cancel.execute([aCancellation(id)]),
};

describe('Orders that are written through', () => {
  let orders: TestOrders;
  let store: OrderReader;
  beforeAll(async () => {
    orders = await TestOrders.start({ strategy: 'write-through', cache: createMemoryCache({ name: 'orders' }) });
    store = new OrderReader(orders.database);
  });
  afterAll(() => orders.stop());

  const after = async (...names: string[]): Promise<string> => {
    const id = anOrderId();
    for (const name of names) await steps[name]!(orders, id);
    return id;
  };

  it.each([
    [['place', 'confirm'], { state: 'confirmed', totalMinor: PRICED_TOTAL_MINOR }],
    [['place', 'reject'], { state: 'rejected' }],
    [['place', 'confirm', 'cancel'], { state: 'cancelled', totalMinor: PRICED_TOTAL_MINOR }],
    [['cancel', 'place'], { state: 'cancelled' }],
  ])('are there, as the database has them, once somebody has asked for them: after %j', async (names, expected) => {
    const id = anOrderId();
    await orders.cached.read(id);
    for (const name of names) await steps[name]!(orders, id);
    const { value, status } = await orders.cached.read(id);
    expect(status).toBe('hit');
    expect(value).toMatchObject(expected);
    expect(value).toEqual(await store.find(id));
  });

  it('are not there before they are recorded, and are once they are', async () => {
    const id = anOrderId();
    expect(await orders.cached.read(id)).toMatchObject({ value: undefined, status: 'miss', stored: false });
    await steps.place!(orders, id);
    expect(await orders.cached.read(id)).toMatchObject({ value: { id } });
  });

  it('that were cancelled before they came are there, and are filled in when they come', async () => {
    const id = anOrderId();
    await steps.cancel!(orders, id);
    expect(await orders.cached.read(id)).toMatchObject({ status: 'miss', stored: true, value: { lines: [] } });
    await steps.place!(orders, id);
    const { status, value } = await orders.cached.read(id);
    expect(status).toBe('hit');
    expect(value!.history.map(({ state }) => state)).toEqual(['accepted', 'cancelled']);
  });

  it('are loaded when nobody has asked for them before', async () => {
    const id = await after('place', 'confirm');
    expect(await orders.cached.read(id)).toMatchObject({ status: 'miss', stored: true, value: { state: 'confirmed' } });
  });

  it('are loaded once when they are new, and refreshed from then on', async () => {
    const id = await after('place');
    expect(await orders.cached.read(id)).toMatchObject({ status: 'miss', stored: true, value: { state: 'accepted' } });
    expect(await orders.cached.read(id)).toMatchObject({ status: 'hit', value: await store.find(id) });
    await steps.confirm!(orders, id);
    expect(await orders.cached.read(id)).toMatchObject({ status: 'hit', value: { state: 'confirmed' } });
  });

  it('are read from the database again after a transaction that was rolled back', async () => {
    const id = await after('place');
    const failure = orders.cached.change(async (refresh) => {
      await refresh!.announce([id]);
      throw new Error('rolled back');
    });
    await expect(failure).rejects.toThrow('rolled back');
    expect(await orders.cached.read(id)).toMatchObject({ status: 'miss', stored: true, value: { state: 'accepted' } });
    expect(await orders.cached.read(id)).toMatchObject({ status: 'hit' });
  });

  it('are not kept while nobody knows whether a commit whose connection was lost is still to come', async () => {
    const id = await after('place');
    const lost = orders.cached.change(async (refresh) => {
      await refresh!.announce([id]);
      throw new UnavailableError('database');
    });
    await expect(lost).rejects.toThrow(UnavailableError);
    expect(await orders.cached.read(id)).toMatchObject({ stored: false, value: { state: 'accepted' } });
    // The server goes on with what the lost connection had asked for.
    await orders.query(
      `UPDATE orders SET state = 'cancelled', history = history || '{"state":"cancelled","at":"2010-12-01T09:00:00.000Z"}' WHERE id = $1`,
      [id],
    );
    expect((await orders.cached.read(id)).value?.state).toBe('cancelled');
  });

  it('are never read behind what was committed, in whatever order things happen', async () => {
    const step = fc.constantFrom('confirm', 'reject', 'cancel');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
        (lives) => Promise.all(lives.map(liveAndWatch)).then(() => undefined),
      ),
      { numRuns: 40 },
    );
  });

  /** Does the steps beside each other while readers compare what is committed with what they are shown. */
  async function liveAndWatch(names: string[]): Promise<void> {
    const id = anOrderId();
    let isOver = false;
    let looks = 0;
    const watch = async (): Promise<void> => {
      while (!isOver || looks < 3) {
        const committed = version(await store.find(id));
        const shown = version((await orders.cached.read(id)).value);
        expect(shown).toBeGreaterThanOrEqual(committed);
        looks += 1;
      }
    };
    const watching = Promise.all([watch(), watch()]);
    await Promise.all(['place', ...names].map((name) => retried(() => steps[name]!(orders, id))));
    isOver = true;
    await watching;
    const { value } = await orders.cached.read(id);
    expect(value).toEqual(await store.find(id));
  }
});

describe('Orders that are kept for a moment', () => {
  it('may lag behind for that long, and are asked for once', async () => {
    let asked = 0;
    let current: Partial<OrderView> = { history: [] };
    let nowMs = 0;
    const cache = createMemoryCache({ name: 'orders', now: () => nowMs });
    const find = (): Promise<OrderView> => {
      asked += 1;
      return Promise.resolve(current as OrderView);
    };
    const orders = new CachedOrders({ find }, { strategy: 'lazy', cache });
    await Promise.all(Array.from({ length: 20 }, () => orders.read('1')));
    current = { ...current, state: 'confirmed' };
    await orders.change(async (refresh) => expect(refresh).toBeUndefined());
    expect((await orders.read('1')).value).not.toHaveProperty('state');
    expect(asked).toBe(1);
    nowMs += 2_000;
    expect((await orders.read('1')).value).toHaveProperty('state', 'confirmed');
  });
});

describe.each([
  ['refuses every call', rejects],
  ['never answers', hangs],
])('While the cache %s', (_what, fail) => {
  let orders: TestOrders;
  const told: string[] = [];
  beforeAll(async () => {
    const cache = withCircuit(failingCache('orders', fail), {
      budgetMs: 20,
      onEvent: (event) => told.push(event.kind),
    });
    orders = await TestOrders.start({ strategy: 'write-through', cache });
  });
  afterAll(() => orders.stop());

  it('orders are taken, settled and shown as the database has them', async () => {
    const ids = [anOrderId(), anOrderId()];
    for (const id of ids) await steps.place!(orders, id);
    await steps.confirm!(orders, ids[0]!);
    await steps.reject!(orders, ids[1]!);
    for (const [index, state] of ['confirmed', 'rejected'].entries()) {
      expect(await orders.cached.read(ids[index]!)).toMatchObject({ status: 'bypass', value: { state } });
    }
    await eventually(async () => {
      await orders.cached.read(ids[0]!);
      expect(new Set(told)).toEqual(new Set(['failed', 'state', 'skipped']));
    });
  });
});

/** A message is delivered again when its order is not there yet, or arrived meanwhile. */
async function retried(step: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      if (((await step()) as unknown[]).length === 0) return;
    } catch (error) {
      if (!(error as { retryable?: boolean }).retryable) throw error;
    }
  }
}

function version(order: OrderView | undefined): number {
  return order ? versionOf(order) : 0;
}
