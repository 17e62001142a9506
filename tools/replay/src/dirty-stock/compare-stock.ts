import pg from 'pg';
import type { DirtyStockFile } from './dirty-stock-file.js';

const ROWS_PER_PAGE = 20_000;
const MAX_FAULTS = 100;
/** Both tables are read in the order of a key, page by page, so that any number of rows fits. */
const PAGE = `
  SELECT stock.sku, stock.store, stock.count::float8 AS count, item.name, item.unit_price_minor AS "unitPriceMinor"
    FROM stock JOIN item USING (sku)
   WHERE starts_with(sku, $1) AND (stock.sku, stock.store) > ($2, $3)
   ORDER BY stock.sku, stock.store LIMIT ${ROWS_PER_PAGE}`;

interface LoadedRow {
  readonly sku: string;
  readonly store: string;
  readonly count: number;
  readonly name: string | null;
  readonly unitPriceMinor: number | null;
}

export interface StockComparison {
  /** Rows of the file's items that the shop has. */
  readonly rows: number;
  /** The first of what is otherwise than the file says, in words. */
  readonly faults: readonly string[];
}

/**
 * Compares what the shop has with the good rows of the file, in the inventory service's database.
 * @param databaseUrl of a role that may read it
 */
export async function compareStock(databaseUrl: string, file: DirtyStockFile): Promise<StockComparison> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'looseleaf-check-stock' });
  await client.connect();
  try {
    const comparison = new Comparison(file);
    for await (const row of loadedRows(client, file.skuPrefix)) comparison.add(row);
    return comparison.finish();
  } finally {
    await client.end();
  }
}

async function* loadedRows(client: pg.Client, prefix: string): AsyncGenerator<LoadedRow> {
  let last = { sku: '', store: '' };
  for (;;) {
    const { rows } = await client.query<LoadedRow>(PAGE, [prefix, last.sku, last.store]);
    yield* rows;
    if (rows.length < ROWS_PER_PAGE) return;
    last = rows.at(-1)!;
  }
}

class Comparison {
  private readonly seen: Uint8Array;
  private readonly faults: string[] = [];
  private rows = 0;

  constructor(private readonly file: DirtyStockFile) {
    this.seen = new Uint8Array(file.options.rows);
  }

  add(row: LoadedRow): void {
    this.rows += 1;
    const expected = this.file.goodFactsAbout(row.store, row.sku);
    if (!expected) return this.note(`${describe(row)} is there, and no good row says so`);
    this.seen[expected.index] = 1;
    const [is, shouldBe] = [describe(row), describe(expected.facts)];
    if (is !== shouldBe) this.note(`${is} is there instead of ${shouldBe}`);
  }

  finish(): StockComparison {
    for (let index = 0; index < this.seen.length; index += 1) {
      const missing = this.seen[index] ? undefined : this.file.goodFactsOf(index);
      if (missing) this.note(`${describe(missing)} is missing`);
    }
    return { rows: this.rows, faults: this.faults };
  }

  private note(fault: string): void {
    if (this.faults.length < MAX_FAULTS) this.faults.push(fault);
  }
}

function describe({ store, sku, count, name, unitPriceMinor }: LoadedRow): string {
  return `${store}/${sku} × ${count} "${name}" at ${unitPriceMinor}`;
}
