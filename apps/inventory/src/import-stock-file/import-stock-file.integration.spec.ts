import { Readable } from 'node:stream';
import { UnavailableError } from '@looseleaf/messaging';
import type { ObjectStore } from '@looseleaf/object-store';
import { ReserveStock } from '../reserve-stock/reserve-stock.js';
import { StockFiles, type StockFileView } from '../read-stock-file/stock-files.js';
import { firstDelivery, newOrderId, replaceGet, reserve, TestInventory } from '../testing/test-inventory.js';
import { ImportStockFileConsumer } from './import-stock-file.consumer.js';
import { ImportStockFile } from './import-stock-file.js';

type Command = Awaited<ReturnType<TestInventory['upload']>>;

const EXERCISE = `store,item,count
Berlin,Echo Dot,12
Berlin,Echo (2nd Gen),19
Berlin,Echo Show,18
Berlin,Echo Plus,0
Berlin,Echo Look,10
Berlin,Amazon Tap,15
`;

describe('importing a stock file', () => {
  let inventory: TestInventory;
  beforeAll(async () => {
    inventory = await TestInventory.start();
  });
  afterAll(() => inventory.stop());
  beforeEach(() => inventory.reset());

  const consumerOf = (objects: ObjectStore = inventory.objects): ImportStockFileConsumer =>
    new ImportStockFileConsumer(
      new ImportStockFile(inventory.database, objects, { rowsPerChunk: 1_000, sliceMs: Infinity }),
    );
  const importIt = async (command: Command, objects?: ObjectStore): Promise<StockFileView> => {
    expect(await consumerOf(objects).handle([command], firstDelivery([command]))).toEqual([]);
    return viewOf(command);
  };
  const viewOf = async ({ body }: Command): Promise<StockFileView> =>
    (await new StockFiles(inventory.database).find(body.fileId))!;
  const items = (): Promise<unknown[]> =>
    inventory.query('SELECT sku, name, unit_price_minor AS price FROM item ORDER BY sku');
  const manyRows = (rows: number, count: (row: number) => number | string): string =>
    ['store,item,count', ...Array.from({ length: rows }, (_, row) => `Berlin,item ${row},${count(row)}`)].join('\n');

  it('loads the exercise, and tells that Echo Plus is out of stock, once', async () => {
    const command = await inventory.upload(EXERCISE);
    expect(await importIt(command)).toMatchObject({
      state: 'imported',
      bytes: EXERCISE.length,
      rowsRead: 6,
      rowsImported: 6,
      rowsRejected: 0,
      rejections: [],
    });
    expect(await inventory.counts()).toMatchObject({ 'Berlin Echo Plus': 0, 'Berlin Amazon Tap': 15 });
    const messages = await inventory.takeMessages();
    expect(messages.filter(({ name }) => name === 'stock.depleted').map(({ body }) => body)).toEqual([
      { store: 'Berlin', sku: 'Echo Plus' },
    ]);
    expect(messages.filter(({ name }) => name === 'stock.changed')).toHaveLength(6);
    expect(messages.at(-1)).toMatchObject({
      name: 'stock-file.imported',
      body: { fileId: command.body.fileId, rowsImported: 6, rowsRejected: 0 },
      headers: { causationId: command.id },
    });

    await importIt(await inventory.upload(EXERCISE));
    expect((await inventory.takeMessages()).map(({ name }) => name)).toEqual(['stock-file.imported']);
  });

  it('loads the good rows and notes the bad ones with their lines', async () => {
    const file = [
      '\uFEFFStore,Item,Count,name,unitPriceMinor',
      'Berlin,card,5,"A card,\r\nfolded",250',
      '',
      'Berlin,ribbon,-1,,',
      '"Berlin,pen,4',
      'Paris,card,three,,',
      'Paris,card,3,,',
      'Paris',
      'Paris,K\xf6ln,2147483648,,99',
    ].join('\r\n');
    const view = await importIt(await inventory.upload(file));
    expect(view).toMatchObject({ state: 'imported', rowsRead: 7, rowsImported: 2, rowsRejected: 5 });
    expect(view.rejections).toEqual([
      { line: 5, reason: 'count is negative: "-1"' },
      { line: 6, reason: 'a quote is not closed' },
      { line: 7, reason: 'count is not a whole number: "three"' },
      { line: 9, reason: 'expected 5 columns, found 1' },
      { line: 10, reason: 'count is above 2147483647: "2147483648"' },
    ]);
    expect(await inventory.counts()).toEqual({ 'Berlin card': 5, 'Paris card': 3 });
    expect(await items()).toEqual([{ sku: 'card', name: 'A card, folded', price: 250 }]);
  });

  it.each([
    ['', 'the file is empty'],
    ['Berlin,card,5\n', 'the first line must name the columns store,item,count; store, item, count not found'],
    ['"store,item\n', 'the first line is no CSV: a quote is not closed'],
    [Buffer.from('\uFEFFstore,item,count\nBerlin,card,5\n', 'utf16le'), 'the file is not UTF-8 text'],
  ])('fails the file as a whole when it begins with %j', async (content, failure) => {
    const view = await importIt(await inventory.upload(content));
    expect(view).toMatchObject({ state: 'failed', failure, rowsRead: 0, rejections: [] });
    expect(view.finishedAt).toBeDefined();
    expect(await inventory.takeMessages()).toEqual([]);
  });

  it('fails the file when the object is not there', async () => {
    const command = await inventory.upload(EXERCISE);
    const gone = { ...command, body: { ...command.body, objectKey: 'gone' } };
    expect(await importIt(gone)).toMatchObject({ state: 'failed', failure: 'the file is not in the object store' });
  });

  it('imports a file with no rows', async () => {
    expect(await importIt(await inventory.upload('store,item,count'))).toMatchObject({
      state: 'imported',
      rowsRead: 0,
    });
  });

  it('keeps names and prices that a file does not say', async () => {
    await importIt(await inventory.upload('store,item,count,name,unitPriceMinor\nBerlin,card,5,Card,250\n'));
    await importIt(await inventory.upload('store,item,count\nBerlin,card,1\nBerlin,pen,1\n'));
    expect(await items()).toEqual([
      { sku: 'card', name: 'Card', price: 250 },
      { sku: 'pen', name: null, price: null },
    ]);
    await inventory.takeMessages();
    await new ReserveStock(inventory.database).execute([
      reserve(newOrderId(), { card: 1 }),
      reserve(newOrderId(), { pen: 1 }),
    ]);
    expect((await inventory.takeSummaries('reason')).slice(0, 2)).toEqual([
      'stock.reserved',
      'stock.refused NOT_FOR_SALE',
    ]);
  });

  it('tells that stock came back', async () => {
    await importIt(await inventory.upload('store,item,count\nBerlin,card,0\n'));
    await inventory.takeMessages();
    await importIt(await inventory.upload('store,item,count\nBerlin,card,4\n'));
    expect(await inventory.takeSummaries('store', 'sku', 'count')).toEqual([
      'stock.changed Berlin card 4',
      'stock.replenished Berlin card 4',
      'stock-file.imported',
    ]);
  });

  it('goes on behind the last committed chunk when it was interrupted, and ends as if it had not been', async () => {
    const command = await inventory.upload(manyRows(3_500, (row) => (row % 10 === 3 ? 'x' : row + 1)));
    const breaking = breakingAfter(inventory.objects, 40_000);
    await expect(importIt(command, breaking)).rejects.toThrow(UnavailableError);
    const halfway = await viewOf(command);
    expect(halfway).toMatchObject({ state: 'importing' });
    expect(halfway.rowsRead).toBeGreaterThan(0);
    expect(halfway.rowsRead).toBeLessThan(3_500);
    // What was committed is not done again: a count that changed in the meantime stays.
    await inventory.query(`UPDATE stock SET count = 777 WHERE sku = 'item 0'`);

    // The message that got so far is over; its successor goes on, and never did more than wait for it.
    await importIt(command);
    expect(await viewOf(command)).toEqual(halfway);
    const messages = await inventory.takeMessages();
    const successors = messages.filter(({ name }) => name === 'stock-file.import') as unknown as Command[];
    expect(successors).toMatchObject([{ body: { ...command.body, slice: 1 } }]);

    const view = await importIt(successors[0]!);
    expect(view).toMatchObject({ state: 'imported', rowsRead: 3_500, rowsImported: 3_150, rowsRejected: 350 });
    expect(view.rejections).toHaveLength(100);
    expect(view.rejections[99]).toEqual({ line: 995, reason: 'count is not a whole number: "x"' });
    expect(await inventory.counts()).toMatchObject({ 'Berlin item 0': 777, 'Berlin item 3499': 3_500 });
    messages.push(...(await inventory.takeMessages()));
    expect(messages.filter(({ name }) => name === 'stock.changed')).toHaveLength(3_150);
    expect(messages.filter(({ name }) => name === 'stock-file.imported')).toHaveLength(1);
    const rejected: number[] = [];
    for await (const { line } of new StockFiles(inventory.database).rejections(command.body.fileId))
      rejected.push(line);
    expect(rejected).toEqual(Array.from({ length: 350 }, (_, index) => 10 * index + 5));
  });

  it('does nothing for a file that is imported', async () => {
    const command = await inventory.upload(EXERCISE);
    await importIt(command);
    await inventory.query('UPDATE stock SET count = 1');
    await inventory.takeMessages();
    await importIt(command);
    expect(new Set(Object.values(await inventory.counts()))).toEqual(new Set([1]));
    expect(await inventory.takeMessages()).toEqual([]);
  });

  it('loads a file once when two processes import it at the same time', async () => {
    const command = await inventory.upload(manyRows(5_000, (row) => row + 1));
    const both = await Promise.allSettled([
      consumerOf().handle([command], firstDelivery([command])),
      consumerOf().handle([command], firstDelivery([command])),
    ]);
    for (const outcome of both) {
      if (outcome.status === 'fulfilled') expect(outcome.value).toEqual([]);
      else expect(outcome.reason).toMatchObject({ code: 'STOCK_FILE.OVERTAKEN', retryable: true });
    }
    expect(await importIt(command)).toMatchObject({ state: 'imported', rowsRead: 5_000, rowsImported: 5_000 });
    const messages = await inventory.takeMessages();
    expect(messages.filter(({ name }) => name === 'stock.changed')).toHaveLength(5_000);
    expect(messages.filter(({ name }) => name === 'stock-file.imported')).toHaveLength(1);
  });

  it('stops at the end of a chunk when the service stops, and the file goes back whole', async () => {
    const command = await inventory.upload(manyRows(2_500, () => 1));
    const useCase = new ImportStockFile(inventory.database, inventory.objects);
    useCase.onModuleDestroy();
    await expect(new ImportStockFileConsumer(useCase).handle([command], firstDelivery([command]))).rejects.toThrow(
      UnavailableError,
    );
    expect(await viewOf(command)).toMatchObject({ state: 'received', rowsRead: 0 });
    expect(await importIt(command)).toMatchObject({ state: 'imported', rowsRead: 2_500 });
  });

  it('notes all files of a batch before it loads the first, and one that fails does not stop the others', async () => {
    const [first, second] = [await inventory.upload(EXERCISE), await inventory.upload(EXERCISE)];
    const stillWaiting: string[] = [];
    const watching = replaceGet(inventory.objects, async (key, options) => {
      if (key === first.body.objectKey) {
        stillWaiting.push((await viewOf(second)).state);
        throw new TypeError('a fault of the first file');
      }
      return inventory.objects.get(key, options);
    });
    const failures = await consumerOf(watching).handle([first, second], firstDelivery([first, second]));
    expect(failures).toMatchObject([{ messageId: first.id, error: new TypeError('a fault of the first file') }]);
    expect(stillWaiting).toEqual(['received']);
    expect(await viewOf(second)).toMatchObject({ state: 'imported' });
  });
});

/** A store whose streams break off after so many bytes, as one that goes away does. */
function breakingAfter(store: ObjectStore, bytes: number): ObjectStore {
  return replaceGet(store, async (key, options) => {
    const whole = await store.get(key, options);
    return Readable.from(
      (async function* () {
        let given = 0;
        for await (const piece of whole as AsyncIterable<Buffer>) {
          for (let at = 0; at < piece.length; at += 5_000) {
            if (given >= bytes) throw new Error('EIO: i/o error, read');
            yield piece.subarray(at, at + 5_000);
            given += 5_000;
          }
        }
      })(),
    );
  });
}
