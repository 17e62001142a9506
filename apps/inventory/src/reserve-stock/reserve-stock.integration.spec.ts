import { newOrderId, release, reserve, TestInventory } from '../testing/test-inventory.js';
import { ReleaseStock } from '../release-stock/release-stock.js';
import { ReserveStock } from './reserve-stock.js';

describe('reserving and releasing stock', () => {
  let inventory: TestInventory;
  let reserveStock: ReserveStock;
  let releaseStock: ReleaseStock;

  beforeAll(async () => {
    inventory = await TestInventory.start();
    reserveStock = new ReserveStock(inventory.database);
    releaseStock = new ReleaseStock(inventory.database);
  });
  afterAll(() => inventory.stop());
  beforeEach(() =>
    inventory.reset([
      { sku: 'card', store: 'Berlin', count: 5 },
      { sku: 'card', store: 'Paris', count: 3 },
      { sku: 'ribbon', store: 'Berlin', count: 2, price: 250 },
      { sku: 'sample', store: 'Berlin', count: 9, price: null },
    ]),
  );

  const stateOf = async (orderId: string): Promise<string> => {
    const [row] = await inventory.query<{ state: string }>('SELECT state FROM reservation WHERE order_id = $1', [
      orderId,
    ]);
    return row?.state ?? 'none';
  };

  it('reserves all lines at their prices and tells who sends what', async () => {
    const order = newOrderId();
    await reserveStock.execute([reserve(order, { card: 5, ribbon: 2 })]);
    expect(await inventory.counts()).toMatchObject({ 'Berlin card': 0, 'Berlin ribbon': 0, 'Paris card': 3 });
    const [reserved, ...others] = await inventory.takeMessages();
    expect(reserved).toMatchObject({
      name: 'stock.reserved',
      groupKey: order,
      body: {
        orderId: order,
        lines: [
          { sku: 'card', quantity: 5, unitPriceMinor: 100 },
          { sku: 'ribbon', quantity: 2, unitPriceMinor: 250 },
        ],
        allocations: [
          { store: 'Berlin', sku: 'card', quantity: 5 },
          { store: 'Berlin', sku: 'ribbon', quantity: 2 },
        ],
      },
    });
    expect(others.map(({ name }) => name).sort()).toEqual([
      'stock.changed',
      'stock.changed',
      'stock.depleted',
      'stock.depleted',
    ]);
  });

  it('refuses what it cannot serve in full, with the reason and the items, and takes nothing', async () => {
    const before = await inventory.counts();
    await reserveStock.execute([
      reserve(newOrderId(), { card: 9, ribbon: 1 }),
      reserve(newOrderId(), { ghost: 1, card: 1 }),
      reserve(newOrderId(), { sample: 1, card: 1 }),
      reserve(newOrderId(), [{ sku: 'ribbon', quantity: 1, seenUnitPriceMinor: 249 }]),
    ]);
    expect(await inventory.takeSummaries('reason', 'skus')).toEqual([
      'stock.refused OUT_OF_STOCK card',
      'stock.refused UNKNOWN_ITEM ghost',
      'stock.refused NOT_FOR_SALE sample',
      'stock.refused PRICE_CHANGED ribbon',
    ]);
    expect(await inventory.counts()).toEqual(before);
  });

  it('serves the orders of a batch in their order, and tells each count once', async () => {
    const orders = [newOrderId(), newOrderId(), newOrderId()];
    await reserveStock.execute([
      reserve(orders[0]!, { card: 3 }),
      reserve(orders[1]!, { card: 6 }),
      reserve(orders[2]!, { card: 2 }),
    ]);
    expect(await inventory.takeSummaries('store', 'sku', 'count', 'reason')).toEqual([
      'stock.reserved',
      'stock.refused OUT_OF_STOCK',
      'stock.reserved',
      'stock.changed Berlin card 2',
      'stock.changed Paris card 1',
    ]);
  });

  it('answers an order once, whether the command is redelivered or sent again, in one batch or later', async () => {
    const order = newOrderId();
    const command = reserve(order, { card: 2 });
    await reserveStock.execute([command, command, reserve(order, { card: 2 })]);
    await reserveStock.execute([command]);
    await reserveStock.execute([reserve(order, { card: 2 })]);
    expect(await inventory.counts()).toMatchObject({ 'Berlin card': 3 });
    expect((await inventory.takeMessages()).filter(({ name }) => name === 'stock.reserved')).toHaveLength(1);
  });

  it('gives back to the stores it took from, once', async () => {
    const before = await inventory.counts();
    const order = newOrderId();
    await reserveStock.execute([reserve(order, { card: 8 })]);
    expect(await inventory.counts()).toMatchObject({ 'Berlin card': 0, 'Paris card': 0 });
    await inventory.takeMessages();
    await releaseStock.execute([release(order), release(order)]);
    await releaseStock.execute([release(order)]);
    expect(await inventory.counts()).toEqual(before);
    expect(await stateOf(order)).toBe('released');
    expect(await inventory.takeSummaries('store', 'count')).toEqual([
      'stock.released',
      'stock.changed Berlin 5',
      'stock.replenished Berlin 5',
      'stock.changed Paris 3',
      'stock.replenished Paris 3',
    ]);
  });

  it('takes nothing and says nothing when the release came first', async () => {
    const before = await inventory.counts();
    const order = newOrderId();
    await releaseStock.execute([release(order)]);
    await reserveStock.execute([reserve(order, { card: 2 })]);
    await releaseStock.execute([release(order)]);
    expect(await inventory.counts()).toEqual(before);
    expect(await stateOf(order)).toBe('released');
    expect(await inventory.takeMessages()).toEqual([]);
  });

  it('releases nothing of an order that was refused', async () => {
    const order = newOrderId();
    await reserveStock.execute([reserve(order, { card: 99 })]);
    await inventory.takeMessages();
    await releaseStock.execute([release(order)]);
    expect(await stateOf(order)).toBe('refused');
    expect(await inventory.takeMessages()).toEqual([]);
  });

  it('tells depletion once for each fall to 0, and nothing of what went down and up in one batch', async () => {
    const [first, second] = [newOrderId(), newOrderId()];
    await reserveStock.execute([reserve(first, { ribbon: 1 }), reserve(second, { ribbon: 1 })]);
    await reserveStock.execute([reserve(newOrderId(), { ribbon: 1 })]);
    await releaseStock.execute([release(first), release(second)]);
    await reserveStock.execute([reserve(newOrderId(), { ribbon: 2 })]);
    const names = (await inventory.takeMessages()).map(({ name }) => name);
    expect(names.filter((name) => name === 'stock.depleted')).toHaveLength(2);
    expect(names.filter((name) => name === 'stock.replenished')).toHaveLength(1);
  });

  it('answers 500 orders in one transaction, the stock exactly used up', async () => {
    await inventory.reset([
      { sku: 'pen', store: 'Rome', count: 400 },
      { sku: 'pen', store: 'Oslo', count: 99 },
    ]);
    await reserveStock.execute(Array.from({ length: 500 }, () => reserve(newOrderId(), { pen: 1 })));
    expect(await inventory.counts()).toEqual({ 'Oslo pen': 0, 'Rome pen': 0 });
    const names = (await inventory.takeMessages()).map(({ name }) => name);
    expect(names.filter((name) => name === 'stock.reserved')).toHaveLength(499);
    expect(names.filter((name) => name === 'stock.refused')).toHaveLength(1);
    const [row] = await inventory.query<{ transactions: number }>(
      'SELECT count(DISTINCT xmin::text)::int AS transactions FROM reservation',
    );
    expect(row).toEqual({ transactions: 1 });
  });
});
