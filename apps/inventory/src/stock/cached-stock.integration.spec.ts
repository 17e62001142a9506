import { createMemoryCache, withCircuit, type Cache } from '@looseleaf/cache';
import { failingCache, hangs, override, rejects } from '@looseleaf/cache/testing';
import { eventually } from '@looseleaf/infra';
import { UnavailableError } from '@looseleaf/messaging';
import fc from 'fast-check';
import { ImportStockFile } from '../import-stock-file/import-stock-file.js';
import { loadLevels } from '../read-stock/stock-levels.js';
import { ReleaseStock } from '../release-stock/release-stock.js';
import { ReserveStock } from '../reserve-stock/reserve-stock.js';
import { newOrderId, release, reserve, TestInventory } from '../testing/test-inventory.js';
import { CachedStock } from './cached-stock.js';
import type { StockLevel } from './stock-level.js';

describe('Stock that is written through', () => {
  let inventory: TestInventory;
  let cache: Cache;
  let stock: CachedStock;
  let reserveStock: ReserveStock;
  let releaseStock: ReleaseStock;

  const store = (sku: string): Promise<StockLevel[] | undefined> => loadLevels(inventory.database, sku);
  const use = (fresh: Cache): void => {
    cache = fresh;
    stock = new CachedStock(store, { strategy: 'write-through', cache });
    reserveStock = new ReserveStock(inventory.database, stock);
    releaseStock = new ReleaseStock(inventory.database, stock);
  };
  const take = async (sku: string, quantity: number): Promise<string> => {
    const orderId = newOrderId();
    await reserveStock.execute([reserve(orderId, { [sku]: quantity })]);
    return orderId;
  };

  beforeAll(async () => {
    inventory = await TestInventory.start();
  });
  beforeEach(async () => {
    await inventory.reset([
      { sku: 'pen', store: 'Rome', count: 50 },
      { sku: 'pen', store: 'Århus', count: 50 },
      { sku: 'pen', store: 'Berlin', count: 50 },
      { sku: 'ink', store: 'Berlin', count: 50 },
    ]);
    use(createMemoryCache({ name: 'stock' }));
  });
  afterAll(() => inventory.stop());

  it('is there, in all stores and in order, after a reservation and after a release, without having been read', async () => {
    const orderId = await take('pen', 60);
    const reserved = await stock.read('pen');
    expect([reserved.status, totalOf(reserved.value)]).toEqual(['hit', 90]);
    expect(reserved.value).toEqual(await store('pen'));
    await releaseStock.execute([release(orderId)]);
    const released = await stock.read('pen');
    expect([released.status, totalOf(released.value)]).toEqual(['hit', 150]);
    expect(released.value).toEqual(await store('pen'));
    expect(await stock.read('ink')).toMatchObject({ status: 'miss', stored: true });
  });

  it('is what a file has set it to, for items that were being looked at and for new ones', async () => {
    const useCase = new ImportStockFile(inventory.database, inventory.objects, { rowsPerChunk: 2 }, stock);
    await stock.read('pen');
    expect((await stock.read('nib')).value).toBeUndefined();
    const command = await inventory.upload('store,item,count\nRome,pen,7\nOslo,pen,1\nOslo,nib,5\nBerlin,nib,5\n');
    await useCase.receive([command]);
    await useCase.execute(command, { number: 1, isLast: false });
    expect([totalOf((await stock.read('pen')).value), totalOf((await stock.read('nib')).value)]).toEqual([108, 10]);
    expect((await stock.read('pen')).value).toEqual(await store('pen'));
    await take('pen', 8);
    expect(await stock.read('pen')).toMatchObject({ status: 'hit', value: await store('pen') });
  });

  it('is not kept for items that do not exist', async () => {
    for (let count = 0; count < 2; count++) {
      expect(await stock.read('made up')).toMatchObject({ value: undefined, status: 'miss', stored: false });
    }
  });

  it('stays as it was when an order is refused', async () => {
    await stock.read('pen');
    await take('pen', 1_000);
    expect(await stock.read('pen')).toMatchObject({ status: 'hit' });
  });

  it('is not kept while nobody knows whether a commit whose connection was lost is still to come', async () => {
    await stock.read('pen');
    const lost = stock.change(async (refresh) => {
      await refresh.announce(['pen']);
      throw new UnavailableError('database');
    });
    await expect(lost).rejects.toThrow(UnavailableError);
    expect(await stock.read('pen')).toMatchObject({ stored: false });
    // The server goes on with what the lost connection had asked for.
    await inventory.query(`UPDATE stock SET count = 1 WHERE sku = 'pen'`);
    expect(totalOf((await stock.read('pen')).value)).toBe(3);
  });

  it('is that of the later commit, also when the cache hears of that one first', async () => {
    const memory = createMemoryCache({ name: 'stock' });
    const waiting: (() => void)[] = [];
    const slowAtFirst: Cache['write'] = async (entries, lease) => {
      if (waiting.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      await memory.write(entries, lease);
    };
    use(override(memory, { write: slowAtFirst }));
    const first = take('pen', 1);
    await eventually(() => expect(waiting).toHaveLength(1));
    await take('pen', 2);
    waiting[0]!();
    await first;
    expect(totalOf((await stock.read('pen')).value)).toBe(147);
  });

  it('is never read behind what was committed, while many orders take and give back the same items', async () => {
    const quantities = fc.array(
      fc.record({ sku: fc.constantFrom('pen', 'ink'), quantity: fc.integer({ min: 1, max: 9 }) }),
      {
        minLength: 1,
        maxLength: 10,
      },
    );
    await fc.assert(
      fc.asyncProperty(quantities, async (lines) => {
        const orders = await watched(-1, () => Promise.all(lines.map(({ sku, quantity }) => take(sku, quantity))));
        await watched(1, () => Promise.all(orders.map((id) => releaseStock.execute([release(id)]))));
        for (const sku of ['pen', 'ink']) expect((await stock.read(sku)).value).toEqual(await store(sku));
      }),
      { numRuns: 15 },
    );
  });

  /**
   * Readers compare what is committed with what they are shown, while counts only fall or only rise.
   * @param direction -1: they fall
   */
  async function watched<Result>(direction: 1 | -1, trade: () => Promise<Result>): Promise<Result> {
    let isOver = false;
    const watch = async (sku: string): Promise<void> => {
      for (let looks = 0; !isOver || looks < 3; looks++) {
        const committed = totalOf(await store(sku));
        const shown = totalOf((await stock.read(sku)).value);
        expect((shown - committed) * direction).toBeGreaterThanOrEqual(0);
      }
    };
    const watching = Promise.all(['pen', 'pen', 'ink'].map(watch));
    try {
      return await trade();
    } finally {
      isOver = true;
      await watching;
    }
  }

  it.each([
    ['refuses every call', rejects],
    ['never answers', hangs],
  ])('is taken, given back and shown as the database has it while the cache %s', async (_what, fail) => {
    use(withCircuit(failingCache('stock', fail), { budgetMs: 20 }));
    const orderId = await take('pen', 60);
    expect(await stock.read('pen')).toMatchObject({ status: 'bypass', value: await store('pen') });
    await releaseStock.execute([release(orderId)]);
    expect(totalOf((await stock.read('pen')).value)).toBe(150);
  });
});

function totalOf(levels: readonly StockLevel[] | undefined): number {
  return (levels ?? []).reduce((total, { count }) => total + count, 0);
}
