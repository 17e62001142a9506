import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Tables behind `consumeOnce` and `OutboxRelay`; each service has its own.
 *
 * - `outbox` is nearly always empty: what is committed is sent at once. Its rows are never updated, so no space is kept
 *   for that; they are not compressed (`EXTERNAL`), because they live for milliseconds; and it is vacuumed by count, as
 *   a share of an empty table says nothing.
 * - `inbox` holds only the id. Ids are UUIDv7, so rows arrive in index order and the old ones lie together at the
 *   beginning, where the clean-up deletes a range.
 * - `outbox_failed` holds single messages that the broker refuses for good, until a person has looked at them.
 */
export class CreateMessagingTables1763700000000 implements MigrationInterface {
  readonly name = 'CreateMessagingTables1763700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE inbox (message_id uuid PRIMARY KEY)');
    await runner.query(`
      CREATE TABLE outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, batches text NOT NULL)
      WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000,
            toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 10000)`);
    await runner.query('ALTER TABLE outbox ALTER COLUMN batches SET STORAGE EXTERNAL');
    await runner.query(`
      CREATE TABLE outbox_failed (
        message_id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('queue', 'topic')),
        name text NOT NULL,
        message jsonb NOT NULL,
        reason text NOT NULL,
        failed_at timestamptz NOT NULL DEFAULT now()
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox_failed, outbox, inbox');
  }
}

/** Every service that uses the inbox or the outbox puts this first in its list of migrations. */
export const messagingMigration = CreateMessagingTables1763700000000;
