import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Deliveries wait in lanes: most subscriptions have one, which goes by their own id (`lane` is null), and the customers'
 * mail has several. A lane never changes, so a claim still touches no index.
 */
export class LanesOfCustomers1790000000204 implements MigrationInterface {
  readonly name = 'LanesOfCustomers1790000000204';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE deliveries ADD COLUMN lane uuid');
    await runner.query(`
      CREATE INDEX deliveries_waiting_in_lane ON deliveries (coalesce(lane, subscription_id), due_at, event_id)
      WHERE dead_lettered_at IS NULL`);
    await runner.query('DROP INDEX deliveries_waiting');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX deliveries_waiting ON deliveries (subscription_id, due_at, event_id) WHERE dead_lettered_at IS NULL`);
    await runner.query('ALTER TABLE deliveries DROP COLUMN lane');
  }
}
