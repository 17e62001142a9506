import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CUSTOMERS_SUBSCRIPTION_ID } from '../../subscriptions/subscription.js';

/**
 * - `subscription_changes` has one row. Its version rises with every change of `subscriptions`, so that each replica can
 *   tell, with one small read for a batch of events, whether the filters it keeps compiled are still the ones that count.
 * - An event is stored once, however many want it; `deliveries` says to whom it must still go. A delivery that is done is
 *   deleted: that the event cannot come again is in the inbox.
 * - A claim changes `leased_until` only, which is in no index: with room left in the page, the new version goes there and
 *   no index is touched (heap-only tuple).
 * - No foreign keys: they would make the deletion of a subscription delete its deliveries, however many, in one statement.
 *   A delivery without subscription is never claimed, and the clean-up removes it.
 * - Both tables are nearly empty when nothing is broken, so they are vacuumed by count and not by share.
 */
export class CreateNotifier1790000000004 implements MigrationInterface {
  readonly name = 'CreateNotifier1790000000004';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE subscriptions (
        id uuid PRIMARY KEY,
        events text[] NOT NULL,
        filter json,
        channel text NOT NULL CHECK (channel IN ('email', 'webhook')),
        address text,
        secret bytea,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        CHECK ((secret IS NOT NULL) = (channel = 'webhook')),
        CHECK (address IS NOT NULL OR id = '${CUSTOMERS_SUBSCRIPTION_ID}')
      )`);
    await runner.query(`
      INSERT INTO subscriptions (id, events, filter, channel)
      VALUES ('${CUSTOMERS_SUBSCRIPTION_ID}', '{order.confirmed,order.rejected,order.cancelled}',
              '{"email":[{"exists":true}]}', 'email')`);
    await runner.query('CREATE TABLE subscription_changes (version bigint NOT NULL)');
    await runner.query('INSERT INTO subscription_changes (version) VALUES (1)');
    await createDeliveries(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE deliveries, events, subscription_changes, subscriptions');
  }
}

async function createDeliveries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE events (
      id uuid PRIMARY KEY,
      name text NOT NULL,
      body json NOT NULL,
      occurred_at timestamptz(3) NOT NULL
    ) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
  await runner.query(`
    CREATE TABLE deliveries (
      event_id uuid NOT NULL,
      subscription_id uuid NOT NULL,
      attempts int NOT NULL DEFAULT 0,
      due_at timestamptz NOT NULL DEFAULT now(),
      leased_until timestamptz NOT NULL DEFAULT '-infinity',
      error text,
      dead_lettered_at timestamptz(3),
      PRIMARY KEY (event_id, subscription_id)
    ) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)`);
  await runner.query(`
    CREATE INDEX deliveries_waiting ON deliveries (subscription_id, due_at, event_id) WHERE dead_lettered_at IS NULL`);
  await runner.query(`
    CREATE INDEX deliveries_dead ON deliveries (subscription_id, dead_lettered_at, event_id)
    WHERE dead_lettered_at IS NOT NULL`);
}
