import {
  brokerConfigSchema,
  createBroker,
  objectStoreConfigSchema,
  provisionObjectStore,
} from '@looseleaf/backing-services';
import { topology } from '@looseleaf/contracts';
import { loadConfig } from '@looseleaf/service-kit';
import { z } from 'zod';

const schema = brokerConfigSchema
  .and(objectStoreConfigSchema)
  // Roles that may use a broker in PostgreSQL.
  .and(z.object({ BROKER_USERS: z.string().transform((text) => text.split(',')) }));

/**
 * Creates the broker's tables where it has some, then the queues, topics and subscriptions of the shop, and the place where
 * objects are kept. Safe to repeat. A program of its own, so that the launcher, which runs as long as the shop does, does
 * not hold these libraries in memory.
 */
const config = loadConfig(schema);
if (config.BROKER === 'postgres') {
  const { migrateBroker } = await import('@looseleaf/messaging-postgres');
  await migrateBroker(config.BROKER_URL, { roles: config.BROKER_USERS });
}
const broker = await createBroker(config, { name: 'prepare' });
try {
  await Promise.all([broker.declare(topology), provisionObjectStore(config)]);
} finally {
  await broker.close();
}
