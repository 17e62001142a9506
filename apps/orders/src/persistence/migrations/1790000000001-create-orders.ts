import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * - A row is written once and changed once or twice, and what changes is in no index. With half of each page left free,
 *   the new version goes to the same page and no index is touched (heap-only tuple). That is why there is no index on
 *   `state`: with one, settling took the server 49 µs of CPU an order instead of 28 (batches of 500). Lists by state read
 *   the index of all orders, newest first, and skip what does not fit.
 * - `lines` is `json`, not `jsonb`: no statement looks inside, and plain text is cheaper to write.
 * - `accepted_at` holds milliseconds, as the cursor of a list does.
 */
export class CreateOrders1790000000001 implements MigrationInterface {
  readonly name = 'CreateOrders1790000000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE orders (
        id uuid PRIMARY KEY,
        state text NOT NULL CHECK (state IN ('accepted', 'confirmed', 'rejected', 'cancelled')),
        customer_id text,
        email text,
        lines json NOT NULL,
        total_minor bigint,
        history jsonb NOT NULL,
        request_digest text,
        accepted_at timestamptz(3),
        CHECK ((accepted_at IS NULL) = (request_digest IS NULL)),
        CHECK (accepted_at IS NOT NULL OR state = 'cancelled')
      ) WITH (fillfactor = 50)`);
    await runner.query(
      'CREATE INDEX orders_newest ON orders (accepted_at DESC, id DESC) WHERE accepted_at IS NOT NULL',
    );
    await runner.query(`
      CREATE INDEX orders_newest_of_customer ON orders (customer_id, accepted_at DESC, id DESC)
      WHERE customer_id IS NOT NULL AND accepted_at IS NOT NULL`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE orders');
  }
}
