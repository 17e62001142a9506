import { Database } from '@looseleaf/persistence';
import { entities, migrations } from '../persistence/index.js';
import { ReleaseStock } from '../release-stock/release-stock.js';
import { ReserveStock } from '../reserve-stock/reserve-stock.js';
import { newOrderId, release, reserve, TestInventory } from '../testing/test-inventory.js';
import { ImportStockFile } from './import-stock-file.js';

const SKUS = Array.from({ length: 40 }, (_, index) => `item ${index}`);
const STORES = ['Athens', 'Berlin', 'Paris'];
const ROUNDS = 30;

/** Items in another order each time, so that whoever locks in the order of its input meets the others crosswise. */
function shuffled(): string[] {
  return SKUS.map((sku): [number, string] => [Math.random(), sku])
    .sort(([a], [b]) => a - b)
    .map(([, sku]) => sku);
}

function fileOf(count: number): string {
  const rows = shuffled().flatMap((sku) => STORES.map((store) => `${store},${sku},${count},,100`));
  return ['store,item,count,name,unitPriceMinor', ...rows].join('\n');
}

describe('imports beside reservations', () => {
  let inventory: TestInventory;
  let databases: Database[];
  beforeAll(async () => {
    inventory = await TestInventory.start();
    databases = [1, 2, 3, 4].map(() => new Database({ url: inventory.url, entities, migrations }));
    for (const database of databases) database.start();
    await inventory.reset();
    await load(inventory.database, 100);
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await inventory.stop();
  });

  async function load(database: Database, count: number): Promise<void> {
    const useCase = new ImportStockFile(database, inventory.objects);
    const command = await inventory.upload(fileOf(count));
    await useCase.receive([command]);
    await useCase.execute(command, { number: 1, isLast: false });
  }

  async function trade(database: Database): Promise<void> {
    const [reserveStock, releaseStock] = [new ReserveStock(database), new ReleaseStock(database)];
    for (let round = 0; round < ROUNDS; round += 1) {
      const orders = shuffled().map((sku, index) => ({ id: newOrderId(), lines: { [sku]: 2, [SKUS[index]!]: 1 } }));
      await reserveStock.execute(orders.map(({ id, lines }) => reserve(id, lines)));
      await releaseStock.execute(orders.slice(10).map(({ id }) => release(id)));
    }
  }

  it('never wait for each other in a circle, and the last count stands', async () => {
    const [first, second, third, fourth] = databases as [Database, Database, Database, Database];
    const loads = async (database: Database): Promise<void> => {
      for (let round = 0; round < ROUNDS; round += 1) await load(database, 50 + round);
    };
    // A deadlock would be thrown here: nobody tries again.
    await Promise.all([trade(first), trade(second), loads(third), loads(fourth)]);
    const negative = await inventory.query('SELECT 1 FROM stock WHERE count < 0');
    expect(negative).toEqual([]);

    await load(inventory.database, 77);
    expect(new Set(Object.values(await inventory.counts()))).toEqual(new Set([77]));
    expect(Object.keys(await inventory.counts())).toHaveLength(SKUS.length * STORES.length);
  });
});
