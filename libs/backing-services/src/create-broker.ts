import type { MessageBroker } from '@looseleaf/messaging';
import type { BrokerLogger } from '@looseleaf/messaging-postgres';
import type { BrokerConfig } from './broker-config.js';

export interface BrokerOptions {
  /** The service: how the broker knows its clients apart. */
  readonly name: string;
  readonly logger?: BrokerLogger;
}

/** The broker that was chosen; the others are not even loaded. Connects when it is first used, so that a service starts while its broker is away. */
export async function createBroker(config: BrokerConfig, { name, logger }: BrokerOptions): Promise<MessageBroker> {
  const logged = logger && { logger };
  switch (config.BROKER) {
    case 'postgres': {
      const { createPostgresBroker } = await import('@looseleaf/messaging-postgres');
      return createPostgresBroker({ url: config.BROKER_URL, applicationName: name, ...logged });
    }
    case 'kafka': {
      const { createKafkaBroker } = await import('@looseleaf/messaging-kafka');
      return createKafkaBroker({ brokers: config.KAFKA_BROKERS, clientId: name, ...logged });
    }
  }
}
