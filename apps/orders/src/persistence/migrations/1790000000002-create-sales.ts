import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What was sold, for the best sellers.
 *
 * - `sales_journal`: what one transaction sold or took back; written with the orders, folded into `sales` and deleted
 *   about a second later. A single row for each transaction, as hundreds would cost the way of an order.
 * - `sales`: the sums, by the hour of the confirmation. `version` is the number of the fold that changed a row last.
 *
 * Orders that were confirmed before are counted here. Those that the release before this one confirms after this migration
 * are not.
 */
export class CreateSales1790000000002 implements MigrationInterface {
  readonly name = 'CreateSales1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sales_journal (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        hour timestamptz NOT NULL,
        skus text[] NOT NULL,
        quantities int4[] NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE sales (
        hour timestamptz NOT NULL,
        sku text NOT NULL,
        quantity bigint NOT NULL,
        version bigint NOT NULL,
        PRIMARY KEY (hour, sku)
      )`);
    await runner.query('CREATE INDEX sales_changed ON sales (version)');
    await runner.query('CREATE SEQUENCE sales_version');
    await runner.query(`
      INSERT INTO sales (hour, sku, quantity, version)
      SELECT date_trunc('hour', confirmation.at, 'UTC'), line ->> 'sku', sum((line ->> 'quantity')::int8),
             (SELECT nextval('sales_version'))
        FROM orders
       CROSS JOIN LATERAL (
               SELECT (entry ->> 'at')::timestamptz AS at FROM jsonb_array_elements(history) AS entry
                WHERE entry ->> 'state' = 'confirmed') AS confirmation
       CROSS JOIN LATERAL json_array_elements(lines) AS line
       WHERE state = 'confirmed' AND confirmation.at > now() - interval '8 days'
       GROUP BY 1, 2`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sales, sales_journal');
    await runner.query('DROP SEQUENCE sales_version');
  }
}
