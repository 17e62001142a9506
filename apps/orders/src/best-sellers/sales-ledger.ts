import type { PeriodScore, RankedMember, RankingSource, SourceChanges } from '@looseleaf/cache';
import { timestamptzArray, type Database, type Transaction } from '@looseleaf/persistence';
import { COUNTED_MS, hourOf } from './hours.js';

/** Any number will do, as long as nothing else in this database locks it. */
const FOLD_LOCK = 1_935_764_579;
const ROWS_PER_FOLD = 1_000;
const ROWS_PER_PAGE = 5_000;

const TRY_LOCK = 'SELECT pg_try_advisory_xact_lock($1) AS locked';
const FOLD = `
  WITH taken AS (
         DELETE FROM sales_journal WHERE id IN (SELECT id FROM sales_journal ORDER BY id LIMIT $1)
         RETURNING hour, skus, quantities),
       sold AS (
         SELECT hour, sku, sum(quantity) AS quantity FROM taken, unnest(skus, quantities) AS line (sku, quantity)
          WHERE hour >= $2 GROUP BY hour, sku),
       fold AS MATERIALIZED (SELECT nextval('sales_version') AS version),
       summed AS (
         INSERT INTO sales (hour, sku, quantity, version) SELECT hour, sku, quantity, version FROM sold, fold
         ON CONFLICT (hour, sku) DO UPDATE SET quantity = sales.quantity + excluded.quantity, version = excluded.version)
  SELECT count(*)::int AS count FROM taken`;
const FORGET = 'DELETE FROM sales WHERE hour < $1';

const IS_JOURNAL_EMPTY = 'SELECT NOT EXISTS (SELECT FROM sales_journal) AS empty';
const LATEST = 'SELECT coalesce(max(version), 0)::float8 AS latest FROM sales';
/** One row at least: with the last number that was drawn, by a fold that may not be committed yet. */
const CHANGED = `
  SELECT drawn.last_value::float8 AS drawn, changed.* FROM sales_version AS drawn
    LEFT JOIN (
         SELECT hour, sku, quantity::float8, version::float8 FROM sales
          WHERE version > $1 ORDER BY version LIMIT $2) AS changed ON true`;
const PAGE = `
  SELECT hour, sku, quantity::float8 FROM sales
   WHERE hour >= $1 AND (hour, sku) > ($2, $3) ORDER BY hour, sku LIMIT $4`;
const TOP = `
  SELECT sku AS member, sum(quantity)::float8 AS score FROM sales WHERE hour = ANY($1::timestamptz[])
   GROUP BY sku HAVING sum(quantity) > 0 ORDER BY sum(quantity) DESC, sku COLLATE "C" DESC LIMIT $2`;

interface SaleRow {
  readonly hour: Date;
  readonly sku: string;
  readonly quantity: number;
}

type ChangedRow = { readonly drawn: number } & (
  (SaleRow & { readonly version: number }) | { readonly hour: null; readonly version: null }
);

/**
 * What was sold in each hour, in the database: the store that the ranking follows, and that answers in its place. It is
 * about a second behind the confirmations. Each method throws UnavailableError while the database is away.
 */
export class SalesLedger implements RankingSource {
  #forgottenFor = 0;

  constructor(
    private readonly database: Database,
    private readonly now: () => number = () => Date.now(),
  ) {}

  /**
   * Adds to the sums what transactions have left in the journal. One process does so at a time, so that folds are
   * committed in the order of their numbers.
   * @returns whether more may be left
   */
  async fold(): Promise<boolean> {
    const [row] = await this.database.read((manager) => manager.query<{ empty: boolean }[]>(IS_JOURNAL_EMPTY));
    if (row!.empty) return false;
    return this.database.transaction(async (tx) => {
      // A statement of its own, so that the next one's snapshot shows what the process before this one did.
      const [lock] = await tx.query<{ locked: boolean }>(TRY_LOCK, [FOLD_LOCK]);
      if (!lock!.locked) return false;
      await this.#forgetHourly(tx);
      const [folded] = await tx.query<{ count: number }>(FOLD, [ROWS_PER_FOLD, this.#oldest()]);
      return folded!.count === ROWS_PER_FOLD;
    });
  }

  async changesAfter(position: number, limit: number): Promise<SourceChanges> {
    const rows = await this.database.read((manager) => manager.query<ChangedRow[]>(CHANGED, [position, limit + 1]));
    if (rows[0]!.drawn < position) return { kind: 'unknown position' };
    if (rows.length > limit) return { kind: 'too many' };
    const changed = rows.filter((row) => row.hour !== null);
    const latest = changed.at(-1)?.version ?? position;
    return { kind: 'all', scores: changed.map(toScore), latest };
  }

  async latest(): Promise<number> {
    const [row] = await this.database.read((manager) => manager.query<{ latest: number }[]>(LATEST));
    return row!.latest;
  }

  async *pages(): AsyncGenerator<readonly PeriodScore[]> {
    let last: readonly [hour: Date, sku: string] = [this.#oldest(), ''];
    for (;;) {
      const parameters = [this.#oldest(), ...last, ROWS_PER_PAGE];
      const rows = await this.database.read((manager) => manager.query<SaleRow[]>(PAGE, parameters));
      yield rows.map(toScore);
      if (rows.length < ROWS_PER_PAGE) return;
      const { hour, sku } = rows.at(-1)!;
      last = [hour, sku];
    }
  }

  /** What was sold most in these hours, ordered as the ranking orders it. */
  top(hours: readonly number[], limit: number): Promise<RankedMember[]> {
    return this.database.read((manager) => manager.query<RankedMember[]>(TOP, [timestamptzArray(hours), limit]));
  }

  async #forgetHourly(tx: Transaction): Promise<void> {
    const hour = hourOf(this.now());
    if (this.#forgottenFor === hour) return;
    this.#forgottenFor = hour;
    await tx.query(FORGET, [this.#oldest()]);
  }

  #oldest(): Date {
    return new Date(hourOf(this.now()) - COUNTED_MS);
  }
}

function toScore({ hour, sku, quantity }: SaleRow): PeriodScore {
  return { period: hour.getTime(), member: sku, score: quantity };
}
