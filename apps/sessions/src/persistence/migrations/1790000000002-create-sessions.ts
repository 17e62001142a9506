import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * One row a session: it is read and written as a whole, so its lines need no table of their own.
 *
 * Rows change often, so their pages keep room, and an update that leaves `expires_at` as it is touches no index (HOT). The
 * key is a hash of what the customer's cookie says, so a copy of this table opens nobody's session.
 */
export class CreateSessions1790000000002 implements MigrationInterface {
  readonly name = 'CreateSessions1790000000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE session (
        key bytea PRIMARY KEY CHECK (length(key) = 32),
        version bigint NOT NULL CHECK (version > 0),
        cart_version bigint NOT NULL CHECK (cart_version BETWEEN 0 AND version),
        lines json NOT NULL,
        customer_id text,
        email text,
        pending json,
        last json,
        expires_at timestamptz NOT NULL
      ) WITH (fillfactor = 50)`);
    await runner.query('CREATE INDEX session_by_expiry ON session (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE session');
  }
}
