import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Every count, name and price remembers the file that told it, so that files apply in the order of their upload, in
 * whatever order they are processed; and the line, so that a second row about the same store and item is found.
 */
export class OrderStockFiles1790000000100 implements MigrationInterface {
  readonly name = 'OrderStockFiles1790000000100';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of [...TOLD_BY, ...FILES]) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of UNDO) await runner.query(statement);
  }
}

const TOLD_BY = [
  `ALTER TABLE stock
     ADD file_received_at timestamptz NOT NULL DEFAULT '-infinity',
     ADD file_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
     ADD file_line integer NOT NULL DEFAULT 0`,
  // Rows come from one statement, which runs when the items are there and locked, and items are never deleted. To look
  // each one up again took more than half of the time of an import. (Only PostgreSQL 18 could keep it and not enforce it.)
  'ALTER TABLE stock DROP CONSTRAINT stock_sku_fkey',
  `ALTER TABLE item
     ADD name_received_at timestamptz NOT NULL DEFAULT '-infinity',
     ADD name_file_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
     ADD price_received_at timestamptz NOT NULL DEFAULT '-infinity',
     ADD price_file_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000'`,
];

const FILES = [
  'ALTER TABLE stock_file ADD slice integer NOT NULL DEFAULT 0',
  // Few at any time, and every chunk of a file asks for them.
  `CREATE INDEX stock_file_unfinished ON stock_file (id) WHERE state <> 'imported'`,
  // A line begins at most one row.
  `ALTER TABLE stock_file_rejection
     DROP CONSTRAINT stock_file_rejection_pkey, DROP row_number, ADD PRIMARY KEY (file_id, line)`,
  // Rows that an unfinished file set or would have set, where a newer file's count stands now.
  `CREATE TABLE stock_file_overtaken_row (
    file_id uuid NOT NULL REFERENCES stock_file ON DELETE CASCADE,
    sku text COLLATE "C" NOT NULL,
    store text COLLATE "C" NOT NULL,
    line integer NOT NULL,
    PRIMARY KEY (file_id, sku, store)
  )`,
];

const UNDO = [
  'DROP TABLE stock_file_overtaken_row',
  'ALTER TABLE stock_file_rejection DROP CONSTRAINT stock_file_rejection_pkey, ADD row_number integer',
  'UPDATE stock_file_rejection SET row_number = line',
  'ALTER TABLE stock_file_rejection ADD PRIMARY KEY (file_id, row_number)',
  'DROP INDEX stock_file_unfinished',
  'ALTER TABLE stock_file DROP slice',
  'ALTER TABLE item DROP name_received_at, DROP name_file_id, DROP price_received_at, DROP price_file_id',
  'ALTER TABLE stock ADD CONSTRAINT stock_sku_fkey FOREIGN KEY (sku) REFERENCES item',
  'ALTER TABLE stock DROP file_received_at, DROP file_id, DROP file_line',
];
