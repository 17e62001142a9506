import fc from 'fast-check';
import type { ImportStockFile as ImportStockFileCommand, ReleaseStock, ReserveStock } from '@looseleaf/contracts';
import { UnavailableError, type Message } from '@looseleaf/messaging';
import { Database, TransactionConflictError, type Transaction } from '@looseleaf/persistence';
import { ImportStockFile } from '../import-stock-file/import-stock-file.js';
import { entities, migrations } from '../persistence/index.js';
import { ReleaseStock as ReleaseUseCase } from '../release-stock/release-stock.js';
import { ReserveStock as ReserveUseCase } from '../reserve-stock/reserve-stock.js';
import { newOrderId, release, reserve, TestInventory } from '../testing/test-inventory.js';

const SKUS = ['card', 'pen'];
const STORES = ['Berlin', 'Leeds'];
const ORDERS = 6;

/** What the process does at its next commit: goes on, dies before it, dies behind it. */
type Fate = 'lives' | 'dies before' | 'dies behind';

type Step =
  | { readonly kind: 'reserve' | 'release'; readonly order: number; readonly fate: Fate }
  | { readonly kind: 'import'; readonly counts: readonly (number | undefined)[]; readonly fate: Fate }
  /** Whatever the worker did last, once more. */
  | { readonly kind: 'repeat'; readonly fate: Fate };

const fate = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Fate>('lives') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('dies before', 'dies behind') },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('reserve' as const), order: fc.nat(ORDERS - 1), fate }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('release' as const), order: fc.nat(ORDERS - 1), fate }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      counts: fc.array(fc.option(fc.nat(2), { nil: undefined }), { minLength: 4, maxLength: 4 }),
      fate,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repeat' as const), fate }) },
);
const scenario = fc.record({
  lines: fc.array(fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 3 }) }), {
    minLength: ORDERS,
    maxLength: ORDERS,
  }),
  workers: fc.array(fc.array(step, { minLength: 1, maxLength: 10 }), { minLength: 1, maxLength: 3 }),
});

class MortalDatabase extends Database {
  fate: Fate = 'lives';

  override async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { fate } = this;
    const result = await super.transaction(async (tx) => {
      const value = await work(tx);
      if (fate === 'dies before') throw new UnavailableError('test');
      return value;
    });
    if (fate === 'dies behind') throw new UnavailableError('test');
    return result;
  }
}

/** A database that notes every change of a count in the transaction that makes it. */
const AUDIT = [
  'CREATE TABLE audit (id serial PRIMARY KEY, place text, before bigint, after bigint)',
  `CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
   BEGIN
     INSERT INTO audit (place, before, after)
     VALUES (new.store || ' ' || new.sku, CASE TG_OP WHEN 'UPDATE' THEN old.count END, new.count);
     RETURN NULL;
   END $$`,
  'CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON stock FOR EACH ROW EXECUTE FUNCTION note_change()',
];

describe('events about stock', () => {
  let inventory: TestInventory;
  let databases: MortalDatabase[];
  beforeAll(async () => {
    inventory = await TestInventory.start();
    for (const statement of AUDIT) await inventory.query(statement);
    // As in the shop, where nobody listens to each change: then not every one leaves the database.
    const wants = (_topic: string, name: string): boolean => name !== 'stock.changed';
    databases = [1, 2, 3].map(
      () => new MortalDatabase({ url: inventory.url, entities, migrations, wants, poolSize: 2 }),
    );
    for (const database of databases) database.start();
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
    await inventory.stop();
  });

  const files = new Map<string, Message<ImportStockFileCommand>>();

  async function fileOf(counts: readonly (number | undefined)[]): Promise<Message<ImportStockFileCommand>> {
    const places = SKUS.flatMap((sku) => STORES.map((store) => `${store},${sku}`));
    const rows = places.flatMap((place, index) => (counts[index] === undefined ? [] : [`${place},${counts[index]},5`]));
    const command = await inventory.upload(['store,item,count,unitPriceMinor', ...rows].join('\n'));
    await new ImportStockFile(inventory.database, inventory.objects).receive([command]);
    files.set(command.body.fileId, command);
    return command;
  }

  /** Slice after slice, as far as it gets. */
  async function importAll(database: Database, command: Message<ImportStockFileCommand>): Promise<void> {
    const useCase = new ImportStockFile(database, inventory.objects, { rowsPerChunk: 2, sliceMs: 0 });
    for (let slice = 0; slice < 3; slice += 1)
      await useCase.execute({ ...command, body: { ...command.body, slice } }, { number: 1, isLast: false });
  }

  type Work = (database: Database) => Promise<unknown>;

  async function workOf(
    one: Step,
    reserves: Message<ReserveStock>[],
    releases: Message<ReleaseStock>[],
  ): Promise<Work> {
    if (one.kind === 'reserve') return (database) => new ReserveUseCase(database).execute([reserves[one.order]!]);
    if (one.kind === 'release') return (database) => new ReleaseUseCase(database).execute([releases[one.order]!]);
    if (one.kind !== 'import') return () => Promise.resolve();
    const command = await fileOf(one.counts);
    return (database) => importAll(database, command);
  }

  /** Once, dead or alive; what two workers did to one order at the same time, the pipeline would try again. */
  async function attempt(database: MortalDatabase, work: Work, fate: Fate): Promise<void> {
    database.fate = fate;
    try {
      await work(database);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      const isExpected = error instanceof UnavailableError || error instanceof TransactionConflictError;
      if (!isExpected && code !== '23505') throw error;
    } finally {
      database.fate = 'lives';
    }
  }

  it('tell each fall to 0 and each rise from it once, whatever caused it and whoever died meanwhile', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, async ({ lines, workers }) => {
        await inventory.reset();
        await inventory.query('TRUNCATE audit');
        files.clear();
        const orders = lines.map((line) => ({ id: newOrderId(), line }));
        const reserves = orders.map(({ id, line }) => reserve(id, [line]));
        const releases = orders.map(({ id }) => release(id));
        await Promise.all(
          workers.map(async (steps, index) => {
            let last: Work = () => Promise.resolve();
            for (const one of steps) {
              if (one.kind !== 'repeat') last = await workOf(one, reserves, releases);
              await attempt(databases[index]!, last, one.fate);
            }
          }),
        );
        // What died is delivered again.
        for (const command of files.values()) await importAll(inventory.database, command);

        const told = await takeTold();
        expect(told).toEqual(await changesInTable());
        await expectLastToldIsSo(told);
      }),
      { numRuns: 20 },
    );
  });

  /** Place → what was told of it, in order. */
  async function takeTold(): Promise<Record<string, string[]>> {
    const told: Record<string, string[]> = {};
    for (const { name, body } of await inventory.takeMessages())
      if (name === 'stock.depleted' || name === 'stock.replenished')
        (told[`${body['store']} ${body['sku']}`] ??= []).push(name);
    return told;
  }

  async function changesInTable(): Promise<Record<string, string[]>> {
    const changes: Record<string, string[]> = {};
    const rows = await inventory.query<{ place: string; name: string }>(
      `SELECT place, CASE WHEN after = 0 THEN 'stock.depleted' ELSE 'stock.replenished' END AS name FROM audit
        WHERE after = 0 AND before IS DISTINCT FROM 0 OR before = 0 AND after > 0 ORDER BY id`,
    );
    for (const { place, name } of rows) (changes[place] ??= []).push(name);
    return changes;
  }

  async function expectLastToldIsSo(told: Record<string, string[]>): Promise<void> {
    for (const [place, count] of Object.entries(await inventory.counts()))
      expect(told[place]?.at(-1) === 'stock.depleted').toBe(count === 0);
  }
});
