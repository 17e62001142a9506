import { spawnShop, type SpawnedShop } from '@looseleaf/launcher';
import { checkImport, DirtyStockFile, type DirtyStockOptions, type ImportCheck } from '@looseleaf/replay';

const OPTIONS: DirtyStockOptions = { rows: 20_000, badShare: 0.02, seed: 20_101_201 };
const STALL_MS = 30_000;

let spawned: SpawnedShop;
beforeAll(async () => {
  spawned = await spawnShop();
});
afterAll(() => spawned.stop());

const check = (options = OPTIONS): Promise<ImportCheck> =>
  checkImport(spawned.shop(), new DirtyStockFile(options), { stallMs: STALL_MS, onProgress: () => undefined });

describe('A stock file from careless hands', () => {
  const asExpected = { state: 'imported', rowsImported: 19_600, rowsRejected: 400, stockRows: 19_600, faults: [] };

  it('is loaded but for its bad rows, each of which is rejected for its own reason', async () => {
    expect(await check()).toMatchObject({ badRows: 400, ...asExpected });
  });

  it('changes nothing when it is sent again', async () => {
    expect(await check()).toMatchObject(asExpected);
  });

  it('is not taken for another one: a check with another seed finds that one only', async () => {
    const other = await check({ ...OPTIONS, rows: 1_000, seed: 20_110_301 });
    expect(other).toMatchObject({ stockRows: 980, faults: [] });
  });
});
