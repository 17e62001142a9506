import { topology } from '@looseleaf/contracts';
import { createPostgresBroker, migrateBroker } from '@looseleaf/messaging-postgres';

/**
 * Creates the broker's tables, then the queues, topics and subscriptions of the shop. Safe to repeat. A program of its own,
 * so that the launcher, which runs as long as the shop does, does not hold the messaging library in memory.
 *
 * Environment: `BROKER_OWNER_URL`, and `BROKER_USERS`, the roles that may use the broker, separated by commas.
 */
const url = process.env.BROKER_OWNER_URL!;
await migrateBroker(url, { roles: process.env.BROKER_USERS!.split(',') });
const broker = createPostgresBroker({ url, applicationName: 'prepare-broker' });
try {
  await broker.declare(topology);
} finally {
  await broker.close();
}
