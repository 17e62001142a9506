import { setTimeout as sleep } from 'node:timers/promises';
import type { ImportStockFile as ImportStockFileCommand } from '@looseleaf/contracts';
import { UnavailableError, type Message } from '@looseleaf/messaging';
import { ObjectStoreError, type ObjectStore } from '@looseleaf/object-store';
import { Database, type Transaction } from '@looseleaf/persistence';
import { eventually } from '@looseleaf/infra';
import { entities, migrations } from '../persistence/index.js';
import type { StockWriter } from '../stock/cached-stock.js';
import { StockFiles, type StockFileView } from '../read-stock-file/stock-files.js';
import { replaceGet, TestInventory } from '../testing/test-inventory.js';
import { ImportStockFile, type ImportOptions } from './import-stock-file.js';

type Command = Message<ImportStockFileCommand>;

const ROWS = 1_000;
const ROWS_PER_CHUNK = 50;
const MAX_ATTEMPTS = 3;

function fileOf(item: string): string {
  return ['store,item,count', ...Array.from({ length: ROWS }, (_, row) => `Berlin,${item} ${row},${row}`)].join('\n');
}

/** The process is gone: nothing that it would have done afterwards happens. */
class Death extends Error {}

class MortalDatabase extends Database {
  /** Transactions until the process dies in one, before its commit. */
  lifetime = Infinity;

  override transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return super.transaction(async (tx) => {
      const value = await work(tx);
      if ((this.lifetime -= 1) < 0) throw new Death();
      return value;
    });
  }
}

describe('a stock file in slices', () => {
  let inventory: TestInventory;
  let database: MortalDatabase;
  beforeAll(async () => {
    inventory = await TestInventory.start();
    database = new MortalDatabase({ url: inventory.url, entities, migrations });
    database.start();
    await eventually(() => database.ping());
  });
  afterAll(async () => {
    await database.close();
    await inventory.stop();
  });
  beforeEach(() => inventory.reset());

  const viewOf = async ({ body }: Command): Promise<StockFileView | undefined> =>
    new StockFiles(inventory.database).find(body.fileId);
  const importer = (options: Partial<ImportOptions> = {}, objects: ObjectStore = inventory.objects): ImportStockFile =>
    new ImportStockFile(database, objects, { rowsPerChunk: ROWS_PER_CHUNK, sliceMs: Infinity, ...options });

  async function received(content: string): Promise<Command> {
    const command = await inventory.upload(content);
    await importer().receive([command]);
    return command;
  }

  /** What transactions have sent to the queue since the last call. */
  async function takeSuccessors(): Promise<Command[]> {
    const messages = await inventory.takeMessages();
    return messages.filter(({ name }) => name === 'stock-file.import') as unknown as Command[];
  }

  /** One delivery; the process dies in the transaction after so many. @returns whether it lived */
  async function deliver(command: Command, number: number, lifetime = Infinity): Promise<boolean> {
    database.lifetime = lifetime;
    try {
      await importer().execute(command, { number, isLast: number >= MAX_ATTEMPTS });
      return true;
    } catch (error) {
      if (error instanceof Death) return false;
      throw error;
    } finally {
      database.lifetime = Infinity;
    }
  }

  it('ends as if nothing had happened when its worker dies ten times in mid-file, and no message runs out of attempts', async () => {
    const first = await received(fileOf('card'));
    const queue = [{ command: first, number: 1 }];
    let deaths = 0;
    for (let next = queue.shift(); next; next = queue.shift()) {
      expect(next.number).toBeLessThanOrEqual(MAX_ATTEMPTS);
      // The first transaction takes the work up; then it dies in the first, second or third chunk.
      const lives = await deliver(next.command, next.number, deaths < 10 ? 1 + (deaths % 3) : Infinity);
      if (!lives) {
        deaths += 1;
        queue.push({ ...next, number: next.number + 1 });
      }
      queue.push(...(await takeSuccessors()).map((command) => ({ command, number: 1 })));
    }
    expect(deaths).toBe(10);
    expect(await viewOf(first)).toMatchObject({
      state: 'imported',
      rowsRead: ROWS,
      rowsImported: ROWS,
      rejections: [],
    });
    const counts = await inventory.counts();
    for (let row = 0; row < ROWS; row += 1) expect(counts[`Berlin card ${row}`]).toBe(row);
  });

  it('says that it failed when its worker dies in every attempt, and goes on where it stopped when it is redriven', async () => {
    const command = await received(fileOf('card'));
    expect(await deliver(command, 1, 1)).toBe(false);
    expect(await deliver(command, 2, 1)).toBe(false);
    expect(await viewOf(command)).toMatchObject({ state: 'importing', rowsRead: 0 });
    expect(await deliver(command, 3, 1)).toBe(false);
    expect(await viewOf(command)).toMatchObject({ state: 'failed', failure: 'the import got nowhere in 3 attempts' });
    expect(await takeSuccessors()).toEqual([]);

    expect(await deliver(command, 1)).toBe(true);
    expect(await viewOf(command)).toMatchObject({ state: 'imported', rowsImported: ROWS });
    expect(await viewOf(command)).not.toHaveProperty('failure');
  });

  it('is no failure any more with the first chunk that the last attempt commits', async () => {
    const command = await received(fileOf('card'));
    expect(await deliver(command, 3)).toBe(true);
    expect(await viewOf(command)).toMatchObject({ state: 'importing', rowsRead: ROWS_PER_CHUNK });
    const [successor] = await takeSuccessors();
    expect(await deliver(successor!, 1)).toBe(true);
    expect(await viewOf(command)).toMatchObject({ state: 'imported', rowsImported: ROWS });
  });

  it('is not told to have failed in its last attempt when the object store is away, or the service stops', async () => {
    const command = await received(fileOf('card'));
    const away = replaceGet(inventory.objects, () =>
      Promise.reject(new ObjectStoreError('OBJECT.UNAVAILABLE', 'the store is away')),
    );
    const lastAttempt = { number: MAX_ATTEMPTS, isLast: true };
    await expect(importer({}, away).execute(command, lastAttempt)).rejects.toThrow(UnavailableError);
    expect(await viewOf(command)).toMatchObject({ state: 'importing' });
    const stopping = importer();
    stopping.onModuleDestroy();
    await expect(stopping.execute(command, lastAttempt)).rejects.toThrow(UnavailableError);
    expect(await viewOf(command)).toMatchObject({ state: 'importing' });
  });

  it('makes room for other files after its time, and has one message in the queue at any time', async () => {
    const [card, pen] = [await received(fileOf('card')), await received(fileOf('pen'))];
    const queue = [card, pen];
    const turns: string[] = [];
    for (let next = queue.shift(); next; next = queue.shift()) {
      await importer({ sliceMs: 0 }).execute(next, { number: 1, isLast: false });
      turns.push(next.body.fileId);
      const successors = await takeSuccessors();
      expect(successors.length).toBeLessThanOrEqual(1);
      queue.push(...successors);
    }
    // The last chunk of a file whose rows fill the others is empty.
    const slices = ROWS / ROWS_PER_CHUNK + 1;
    expect(turns).toEqual(Array.from({ length: slices }, () => [card.body.fileId, pen.body.fileId]).flat());
    expect(await viewOf(card)).toMatchObject({ state: 'imported', rowsImported: ROWS });
    expect(await viewOf(pen)).toMatchObject({ state: 'imported', rowsImported: ROWS });
  });

  it('finds a row that repeats an earlier one over chunks and slices, and takes nothing from it', async () => {
    const rows = Array.from({ length: 120 }, (_, row) => `Berlin,card ${row},${row},Card ${row},100`);
    const repetitions = [
      'Berlin,card 1,9,Other,900',
      'Berlin,card 1,9,Other,900',
      'Berlin,pen,1,,',
      ' Berlin ,"pen",2,,',
    ];
    const command = await received(['store,item,count,name,unitPriceMinor', ...rows, ...repetitions].join('\n'));
    for (let next: Command | undefined = command; next; [next] = await takeSuccessors())
      await importer({ sliceMs: 0 }).execute(next, { number: 1, isLast: false });
    expect(await viewOf(command)).toMatchObject({
      rowsImported: 121,
      rejections: [
        { line: 122, reason: 'duplicate of line 3: the same store and item' },
        { line: 123, reason: 'duplicate of line 3: the same store and item' },
        { line: 125, reason: 'duplicate of line 124: the same store and item' },
      ],
    });
    expect(await inventory.counts()).toMatchObject({ 'Berlin card 1': 1, 'Berlin pen': 1 });
    expect(await inventory.query(`SELECT name, unit_price_minor AS price FROM item WHERE sku = 'card 1'`)).toEqual([
      { name: 'Card 1', price: 100 },
    ]);
  });

  it('keeps the order of its chunks when one is overtaken by the next, which is written meanwhile', async () => {
    const command = await received(fileOf('card'));
    let chunks = 0;
    const everyOtherIsSlow: StockWriter = {
      change: (commit) =>
        commit({ announce: () => sleep((chunks += 1) % 2 === 1 ? 50 : 0, undefined), keep: () => undefined }),
    };
    const options = { rowsPerChunk: 200, sliceMs: Infinity };
    const useCase = new ImportStockFile(inventory.database, inventory.objects, options, everyOtherIsSlow);
    await useCase.execute(command, { number: 1, isLast: false });
    expect(await viewOf(command)).toMatchObject({ state: 'imported', rowsImported: ROWS, rejections: [] });
  });

  it('is imported in shorter chunks when the database is too slow for those it has', async () => {
    // What takes too long is as unavailable as a server that does not answer.
    await inventory.query(`CREATE FUNCTION be_slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF (SELECT count(*) FROM added) > 150 THEN RAISE 'too slow' USING ERRCODE = 'query_canceled'; END IF;
      RETURN NULL; END $$`);
    await inventory.query(`CREATE TRIGGER slow AFTER INSERT ON stock
      REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION be_slow()`);
    try {
      const command = await received(fileOf('card'));
      const useCase = importer({ rowsPerChunk: 400 });
      const deliver = (): Promise<void> => useCase.execute(command, { number: 1, isLast: false });
      await expect(deliver()).rejects.toThrow(UnavailableError);
      await expect(deliver()).rejects.toThrow(UnavailableError);
      await deliver();
      expect(await viewOf(command)).toMatchObject({ state: 'imported', rowsImported: ROWS });
    } finally {
      await inventory.query('DROP FUNCTION be_slow CASCADE');
    }
  });
});
