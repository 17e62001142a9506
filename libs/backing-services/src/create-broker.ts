import type { MessageBroker } from '@looseleaf/messaging';
import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import type { BrokerConfig, TopicsConfig } from './broker-config.js';
import { kafkaSecurity } from './kafka-config.js';

export interface BrokerOptions {
  /** The service: how the broker knows its clients apart. */
  readonly name: string;
  readonly logger?: BrokerLogger;
  /** For `declare`. */
  readonly topics?: TopicsConfig;
}

/** The broker that was chosen; the others are not even loaded. Connects when it is first used, so that a service starts while its broker is away. */
export async function createBroker(
  config: BrokerConfig,
  { name, logger, topics = {} }: BrokerOptions,
): Promise<MessageBroker> {
  const logged = logger && { logger };
  switch (config.BROKER) {
    case 'postgres': {
      const { createPostgresBroker } = await import('@looseleaf/messaging-postgres');
      return createPostgresBroker({ url: config.BROKER_URL, applicationName: name, ...logged });
    }
    case 'kafka': {
      const { createKafkaBroker } = await import('@looseleaf/messaging-kafka');
      return createKafkaBroker({
        brokers: config.KAFKA_BROKERS,
        clientId: name,
        security: kafkaSecurity(config),
        ...logged,
        topics: {
          ...(topics.KAFKA_PARTITIONS && { partitions: topics.KAFKA_PARTITIONS }),
          ...(topics.KAFKA_REPLICATION_FACTOR && { replicationFactor: topics.KAFKA_REPLICATION_FACTOR }),
          ...(topics.KAFKA_MIN_INSYNC_REPLICAS && { minInSyncReplicas: topics.KAFKA_MIN_INSYNC_REPLICAS }),
        },
      });
    }
  }
}
