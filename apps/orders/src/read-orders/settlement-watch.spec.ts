import { eventually } from '@looseleaf/infra';
import { UnavailableError } from '@looseleaf/messaging';
import { anOrderId } from '../testing/test-orders.js';
import type { OrderView } from '../domain/order-view.js';
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

  it('ends when it is told, without a look, and only for the orders that it is told of', async () => {
    const told = new SettlementWatch({ findSettled: () => Promise.resolve([]) }, true);
    const ids = [anOrderId(), anOrderId()];
    const waiting = ids.map((id) => told.wait(id, 5_000, NEVER));
    const order: OrderView = { id: ids[0]!, state: 'rejected', acceptedAt: '', lines: [], history: [] };
    told.tell([{ ...order, id: ids[1]!, state: 'accepted' }, order], ids);
    expect(await waiting[0]).toBe(order);
    told.beforeApplicationShutdown();
    expect(await waiting[1]).toBeUndefined();
  });

  it('looks rarely while it is told of changes, but for newcomers, and still finds what it was not told', async () => {
    watch.beforeApplicationShutdown();
    const findSettled = async (ids: readonly string[]): Promise<OrderView[]> => {
      looks.push([...ids]);
      return ids.flatMap((id) => settled.get(id) ?? []);
    };
    watch = new SettlementWatch({ findSettled }, true);
    const [first, second] = [anOrderId(), anOrderId()];
    const waiting = watch.wait(first, 5_000, NEVER);
    await eventually(() => expect(looks).toHaveLength(1));
    settle(second);
    expect(await watch.wait(second, 5_000, NEVER)).toMatchObject({ id: second });
    expect(looks).toEqual([[first], [first, second]]);
    settle(first);
    expect(await waiting).toMatchObject({ id: first });
    expect(looks).toHaveLength(3);
    const third = anOrderId();
    const last = watch.wait(third, 5_000, NEVER);
    await eventually(() => expect(looks).toHaveLength(4));
    settle(third);
    watch.tell([], [anOrderId(), third]);
    expect(await last).toMatchObject({ id: third });
    expect(looks).toHaveLength(5);
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
