import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What orders the versions of cached stock. A transaction draws a number while it holds the lock of an item, so numbers
 * rise from one commit about the item to the next; unlike a column, that costs no write.
 */
export class VersionStock1790000000200 implements MigrationInterface {
  readonly name = 'VersionStock1790000000200';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE SEQUENCE stock_version');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP SEQUENCE stock_version');
  }
}
