import type { MigrationInterface, QueryRunner } from 'typeorm';
import { CUSTOMERS_SUBSCRIPTION_ID } from '../../subscriptions/subscription.js';

/** Customers hear of their orders, save of one that was kept from being placed because its checkout was given up. */
export class WithdrawnCheckouts1790000000104 implements MigrationInterface {
  readonly name = 'WithdrawnCheckouts1790000000104';

  async up(runner: QueryRunner): Promise<void> {
    await setFilter(runner, {
      email: [{ exists: true }],
      reason: [{ exists: false }, { 'anything-but': 'CHECKOUT_WITHDRAWN' }],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await setFilter(runner, { email: [{ exists: true }] });
  }
}

async function setFilter(runner: QueryRunner, filter: object): Promise<void> {
  await runner.query('UPDATE subscriptions SET filter = $1 WHERE id = $2', [
    JSON.stringify(filter),
    CUSTOMERS_SUBSCRIPTION_ID,
  ]);
  await runner.query('UPDATE subscription_changes SET version = version + 1');
}
