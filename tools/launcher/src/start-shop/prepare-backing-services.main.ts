import {
  brokerConfigSchema,
  createBroker,
  objectStoreConfigSchema,
  provisionObjectStore,
  topicsConfigSchema,
} from '@looseleaf/backing-services';
import { topology } from '@looseleaf/contracts';
import { loadConfig, runMain } from '@looseleaf/service-kit/program';

const schema = brokerConfigSchema.and(topicsConfigSchema).and(objectStoreConfigSchema);

/**
 * Creates what services find in their backing services: the broker's tables where it has some, then the queues, topics and
 * subscriptions of the shop, and the place where objects are kept. Safe to repeat. A program of its own, so that the
 * launcher, which runs as long as the shop does, does not hold these libraries in memory.
 *
 * Environment: that of a service, as whoever may create; `KAFKA_PARTITIONS` and others, see `topicsConfigSchema`; and
 * `BROKER_USERS`, the roles that may use a broker in PostgreSQL, separated by commas.
 */
runMain(async () => {
  const config = loadConfig(schema);
  if (config.BROKER === 'postgres') {
    const { migrateBroker } = await import('@looseleaf/messaging-postgres');
    const roles = (process.env.BROKER_USERS ?? '').split(',').filter(Boolean);
    await migrateBroker(config.BROKER_URL, { roles });
  }
  const broker = await createBroker(config, { name: 'provision', topics: config });
  try {
    await Promise.all([broker.declare(topology), provisionObjectStore(config)]);
  } finally {
    await broker.close();
  }
});
