import { eventually } from '@looseleaf/infra';
import { UnavailableError } from '@looseleaf/messaging';
import { anOrderId } from '../testing/test-orders.js';
import type { OrderView } from './order-reader.js';
import { SettlementWatch } from './settlement-watch.js';

const NEVER = new AbortController().signal;

describe('waiting for orders', () => {
  const settled = new Map<string, OrderView>();
  let looks: string[][];
  let failWith: Error | undefined;
  let watch: SettlementWatch;
  beforeEach(() => {
    settled.clear();
    looks = [];
    failWith = undefined;
    const findSettled = (ids: readonly string[]): Promise<OrderView[]> => {
      looks.push([...ids]);
      return failWith ? Promise.reject(failWith) : Promise.resolve(ids.flatMap((id) => settled.get(id) ?? []));
    };
    watch = new SettlementWatch({ findSettled });
  });
  afterEach(() => watch.beforeApplicationShutdown());

  const settle = (id: string): OrderView => {
    const order: OrderView = { id, state: 'confirmed', acceptedAt: '', lines: [], history: [] };
    settled.set(id, order);
    return order;
  };

  it('takes one query for all readers, and none when nobody waits', async () => {
    const ids = Array.from({ length: 100 }, anOrderId);
    const waiting = ids.flatMap((id) => [watch.wait(id, 5_000, NEVER), watch.wait(id, 5_000, NEVER)]);
    await eventually(() => expect(looks.length).toBeGreaterThanOrEqual(2));
    expect(looks.at(-1)).toEqual(ids);
    const orders = ids.map(settle);
    expect(await Promise.all(waiting)).toEqual(orders.flatMap((order) => [order, order]));
    const count = looks.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(looks).toHaveLength(count);
  });

  it('ends when the time is over', async () => {
    expect(await watch.wait(anOrderId(), 30, NEVER)).toBeUndefined();
  });

  it('ends when the reader is gone, and looks no longer for its order', async () => {
    const [gone, here] = [anOrderId(), anOrderId()];
    const reader = new AbortController();
    const waiting = watch.wait(gone, 5_000, reader.signal);
    void watch.wait(here, 5_000, NEVER);
    reader.abort();
    expect(await waiting).toBeUndefined();
    expect(await watch.wait(gone, 5_000, reader.signal)).toBeUndefined();
    await eventually(() => expect(looks.at(-1)).toEqual([here]));
  });

  it('goes on while the database is away', async () => {
    failWith = new UnavailableError('database');
    const id = anOrderId();
    const waiting = watch.wait(id, 5_000, NEVER);
    await eventually(() => expect(looks.length).toBeGreaterThanOrEqual(2));
    failWith = undefined;
    const order = settle(id);
    expect(await waiting).toBe(order);
  });

  it('tells every reader of a fault', async () => {
    failWith = new RangeError('a fault');
    await expect(watch.wait(anOrderId(), 5_000, NEVER)).rejects.toThrow('a fault');
  });

  it('answers everybody when the process stops, and lets nobody wait any more', async () => {
    const waiting = watch.wait(anOrderId(), 5_000, NEVER);
    watch.beforeApplicationShutdown();
    expect(await waiting).toBeUndefined();
    expect(await watch.wait(anOrderId(), 5_000, NEVER)).toBeUndefined();
  });
});
