import {
  brokerConfigSchema,
  createBroker,
  objectStoreConfigSchema,
  provisionObjectStore,
} from '@looseleaf/backing-services';
import { topology } from '@looseleaf/contracts';
import { loadConfig } from '@looseleaf/service-kit';

/**
 * Creates the broker's tables where it has some, then the queues, topics and subscriptions of the shop, and the place where
 * objects are kept. Safe to repeat. A program of its own, so that the launcher, which runs as long as the shop does, does
 * not hold these libraries in memory.
 *
 * Environment: that of a service, and `BROKER_USERS`: the roles that may use a broker in PostgreSQL, separated by commas.
 */
const config = loadConfig(brokerConfigSchema.and(objectStoreConfigSchema));
if (config.BROKER === 'postgres') {
  const { migrateBroker } = await import('@looseleaf/messaging-postgres');
  await migrateBroker(config.BROKER_URL, { roles: process.env.BROKER_USERS!.split(',') });
}
const broker = await createBroker(config, { name: 'prepare' });
try {
  await Promise.all([broker.declare(topology), provisionObjectStore(config)]);
} finally {
  await broker.close();
}
