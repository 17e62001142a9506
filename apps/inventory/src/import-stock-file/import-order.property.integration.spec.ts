import fc from 'fast-check';
import { createMessage, UnavailableError, type Message } from '@looseleaf/messaging';
import { importStockFile, type ImportStockFile as ImportStockFileCommand } from '@looseleaf/contracts';
import { eventually } from '@looseleaf/infra';
import { Database, type Transaction } from '@looseleaf/persistence';
import { entities, migrations } from '../persistence/index.js';
import { forgetOvertaken } from '../stock/set-counts.js';
import { TestInventory } from '../testing/test-inventory.js';
import { ImportStockFile } from './import-stock-file.js';

const SKUS = ['card', 'pen', 'ribbon'];
const STORES = ['Berlin', 'Leeds'];

interface Row {
  readonly store: string;
  readonly sku: string;
  readonly count: number;
  readonly name: string;
  readonly price: number | undefined;
}

/** What becomes of a delivery: handled, rolled back by a crash, or handled with nobody told. */
type Fate = 'done' | 'rolled back' | 'answer lost';

interface Scenario {
  /** In the order of their upload. */
  readonly files: readonly (readonly Row[])[];
  /** Which file each worker takes next, by position; taken round and round until all files are imported. */
  readonly workers: readonly (readonly Delivery[])[];
}

interface Delivery {
  readonly file: number;
  readonly fate: Fate;
  readonly isStale: boolean;
  /** Whether its work ends with its first chunk, or goes on with the next one while that one commits. */
  readonly isShort: boolean;
}

const row = fc.record<Row>({
  store: fc.constantFrom(...STORES),
  sku: fc.constantFrom(...SKUS),
  count: fc.nat(5),
  name: fc.constantFrom('', 'A', 'B', 'C'),
  price: fc.option(fc.nat(3), { nil: undefined }),
});
const delivery = fc.record<Delivery>({
  file: fc.nat(3),
  fate: fc.oneof(
    { weight: 3, arbitrary: fc.constant<Fate>('done') },
    { weight: 1, arbitrary: fc.constantFrom<Fate>('rolled back', 'answer lost') },
  ),
  isStale: fc.boolean(),
  isShort: fc.boolean(),
});
const scenario = fc.record<Scenario>({
  files: fc.array(fc.array(row, { maxLength: 10 }), { minLength: 2, maxLength: 4 }),
  workers: fc.array(fc.array(delivery, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
});

/** A database whose next commit fails, or whose answer to it does not arrive. */
class UnreliableDatabase extends Database {
  fate: Fate = 'done';

  override async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { fate } = this;
    const result = await super.transaction(async (tx) => {
      const value = await work(tx);
      if (fate === 'rolled back') throw new UnavailableError('test');
      return value;
    });
    if (fate === 'answer lost') throw new UnavailableError('test');
    return result;
  }
}

interface Outcome {
  readonly counts: Record<string, number>;
  readonly items: Record<string, { name: string | null; price: number | null }>;
  readonly duplicates: readonly (readonly string[])[];
}

/** One file after the other. */
function expectedOf(files: Scenario['files']): Outcome {
  const counts: Record<string, number> = {};
  const items: Outcome['items'] = {};
  const duplicates = files.map((rows) => {
    const seen = new Map<string, number>();
    return rows.flatMap(({ store, sku, count, name, price }, index) => {
      const key = `${store} ${sku}`;
      const first = seen.get(key);
      if (first !== undefined) return [`${index + 2} of ${first}`];
      seen.set(key, index + 2);
      counts[key] = count;
      const item = (items[sku] ??= { name: null, price: null });
      if (name !== '') item.name = name;
      if (price !== undefined) item.price = price;
      return [];
    });
  });
  return { counts, items, duplicates };
}

describe('stock files about the same items', () => {
  let inventory: TestInventory;
  let databases: UnreliableDatabase[];
  beforeAll(async () => {
    inventory = await TestInventory.start();
    databases = [1, 2, 3].map(() => new UnreliableDatabase({ url: inventory.url, entities, migrations, poolSize: 2 }));
    for (const database of databases) database.start();
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await inventory.stop();
  });

  async function upload(rows: readonly Row[], position: number): Promise<Message<ImportStockFileCommand>> {
    const lines = rows.map(({ store, sku, count, name, price }) => [store, sku, count, name, price ?? ''].join(','));
    const { body } = await inventory.upload(['store,item,count,name,unitPriceMinor', ...lines].join('\n'));
    // Two of each three share their time: then the id decides.
    const receivedAt = new Date(Date.UTC(2026, 10, 21) + Math.floor(position / 2)).toISOString();
    const fileId = `00000000-0000-4000-8000-${position.toString(16).padStart(12, '0')}`;
    return createMessage(importStockFile, { ...body, fileId, receivedAt });
  }

  /** Delivers the command of the slice that is to be done, or one that is over. */
  async function deliver(
    database: UnreliableDatabase,
    command: Message<ImportStockFileCommand>,
    { fate, isStale, isShort }: Omit<Delivery, 'file'>,
  ): Promise<void> {
    const useCase = new ImportStockFile(database, inventory.objects, {
      rowsPerChunk: 2,
      sliceMs: isShort ? 0 : Infinity,
    });
    const slice = Math.max(0, (await sliceOf(command)) - (isStale ? 1 : 0));
    const body = { ...command.body, slice };
    try {
      database.fate = fate;
      await useCase.execute({ ...command, body }, { number: 1, isLast: false });
    } catch (error) {
      // It goes back to the queue.
      if (!(error instanceof UnavailableError)) throw error;
    } finally {
      database.fate = 'done';
    }
  }

  const sliceOf = async ({ body }: Message<ImportStockFileCommand>): Promise<number> =>
    (await inventory.query<{ slice: number }>('SELECT slice FROM stock_file WHERE id = $1', [body.fileId]))[0]!.slice;
  const unfinished = async (): Promise<boolean> =>
    (await inventory.query(`SELECT FROM stock_file WHERE state <> 'imported'`)).length > 0;

  async function outcome(commands: readonly Message<ImportStockFileCommand>[]): Promise<Outcome> {
    const items = await inventory.query<{ sku: string; name: string | null; price: number | null }>(
      'SELECT sku, name, unit_price_minor AS price FROM item',
    );
    const rejections = await inventory.query<{ file_id: string; line: number; reason: string }>(
      'SELECT file_id, line, reason FROM stock_file_rejection ORDER BY line',
    );
    const duplicatesOf = (fileId: string): string[] =>
      rejections
        .filter(({ file_id }) => file_id === fileId)
        .map(({ line, reason }) => `${line} of ${/^duplicate of line (\d+)/.exec(reason)?.[1]}`);
    return {
      counts: await inventory.counts(),
      items: Object.fromEntries(items.map(({ sku, name, price }) => [sku, { name, price }])),
      duplicates: commands.map(({ body }) => duplicatesOf(body.fileId)),
    };
  }

  it('end as if each had been loaded in the order of its upload, however their slices are mixed, lost and repeated', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ files, workers }) => {
        await inventory.reset();
        const commands = await Promise.all(files.map(upload));
        await new ImportStockFile(inventory.database, inventory.objects).receive(commands);
        await Promise.all(
          workers.map(async (deliveries, index) => {
            for (const one of deliveries) await deliver(databases[index]!, commands[one.file % commands.length]!, one);
          }),
        );
        while (await unfinished())
          for (const command of commands.toReversed())
            await deliver(databases[0]!, command, { fate: 'done', isStale: false, isShort: true });
        // A message whose answer was lost comes again.
        for (const command of commands)
          await deliver(databases[0]!, command, { fate: 'done', isStale: true, isShort: true });

        expect(await outcome(commands)).toEqual(expectedOf(files));
        expect(await inventory.query('SELECT FROM stock_file_overtaken_row')).toEqual([]);
        const told = (await inventory.takeMessages()).filter(({ name }) => name === 'stock-file.imported');
        expect(told.map(({ body }) => body['fileId']).sort()).toEqual(commands.map(({ body }) => body.fileId).sort());
      }),
      { numRuns: 30 },
    );
  });

  it('are forgotten in pieces that one statement can remove, but for what unfinished files still need', async () => {
    await inventory.reset();
    const files = await inventory.query<{ id: string }>(
      `INSERT INTO stock_file (id, object_key, state, bytes, received_at, finished_at)
       VALUES (gen_random_uuid(), 'a', 'importing', 1, now(), NULL), (gen_random_uuid(), 'b', 'imported', 1, now(), now())
       RETURNING id`,
    );
    const ids = files.map(({ id }) => id);
    await inventory.query(
      `INSERT INTO stock_file_overtaken_row (file_id, sku, store, line)
       SELECT id, n::text, 'Berlin', n FROM unnest($1::uuid[]) AS id CROSS JOIN generate_series(1, 20001) AS n`,
      [ids],
    );
    const isMore = [];
    // Again where a busy disk held a statement up for all of its time, as when the message comes again.
    do isMore.push(await eventually(() => inventory.database.transaction(forgetOvertaken)));
    while (isMore.at(-1));
    expect(isMore).toEqual([true, true, false]);
    const left = 'SELECT file_id, count(*)::int AS rows FROM stock_file_overtaken_row GROUP BY file_id';
    expect(await inventory.query(left)).toEqual([{ file_id: ids[0], rows: 20_001 }]);
  });
});
