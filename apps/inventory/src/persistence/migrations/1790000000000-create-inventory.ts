import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Skus and stores sort by code point (collation "C"): cheaper to compare, and the order in which rows are locked is the
 * same on every server. Rows that change often leave room on their page, so that an update touches no index (HOT).
 */
export class CreateInventory1790000000000 implements MigrationInterface {
  readonly name = 'CreateInventory1790000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...CATALOGUE, RESERVATIONS, ...STOCK_FILES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE stock_file_rejection, stock_file, reservation, stock, item');
  }
}

const CATALOGUE = [
  `CREATE TABLE item (
    sku text COLLATE "C" PRIMARY KEY,
    name text,
    unit_price_minor integer CHECK (unit_price_minor >= 0),
    updated_at timestamptz NOT NULL DEFAULT now()
  ) WITH (fillfactor = 80)`,
  // Trigrams serve a prefix of the sku and any part of the name, in whatever case. The extension comes with PostgreSQL
  // and is trusted: the owner of the database may create it.
  'CREATE EXTENSION IF NOT EXISTS pg_trgm',
  'CREATE INDEX item_search ON item USING gin (sku gin_trgm_ops, name gin_trgm_ops)',
  // bigint: a file may set the count to 2^31 - 1, and a release may then still give back.
  `CREATE TABLE stock (
    sku text COLLATE "C" NOT NULL REFERENCES item,
    store text COLLATE "C" NOT NULL,
    count bigint NOT NULL CHECK (count >= 0),
    PRIMARY KEY (sku, store)
  ) WITH (fillfactor = 50)`,
  'CREATE INDEX stock_by_store ON stock (store, sku)',
];

const RESERVATIONS = `CREATE TABLE reservation (
    order_id uuid PRIMARY KEY,
    state text NOT NULL CHECK (state IN ('reserved', 'refused', 'released')),
    lines jsonb NOT NULL,
    allocations jsonb NOT NULL,
    reason text,
    refused_skus jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    released_at timestamptz,
    CHECK ((state = 'refused') = (reason IS NOT NULL AND refused_skus IS NOT NULL)),
    CHECK ((state = 'released') = (released_at IS NOT NULL))
  ) WITH (fillfactor = 90)`;

const STOCK_FILES = [
  `CREATE TABLE stock_file (
    id uuid PRIMARY KEY,
    object_key text NOT NULL,
    state text NOT NULL CHECK (state IN ('received', 'importing', 'imported', 'failed')),
    failure text,
    bytes bigint NOT NULL,
    rows_read integer NOT NULL DEFAULT 0,
    rows_imported integer NOT NULL DEFAULT 0,
    rows_rejected integer NOT NULL DEFAULT 0,
    next_byte bigint NOT NULL DEFAULT 0,
    next_line integer NOT NULL DEFAULT 1,
    received_at timestamptz NOT NULL,
    finished_at timestamptz,
    CHECK (rows_read = rows_imported + rows_rejected),
    CHECK ((state = 'failed') = (failure IS NOT NULL)),
    CHECK ((state IN ('imported', 'failed')) = (finished_at IS NOT NULL))
  )`,
  `CREATE TABLE stock_file_rejection (
    file_id uuid NOT NULL REFERENCES stock_file ON DELETE CASCADE,
    row_number integer NOT NULL,
    line integer NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (file_id, row_number)
  )`,
];
