import type { MessageBroker } from '@looseleaf/messaging';
import { Database, type DatabaseOptions } from './database.js';
import { InboxCleaner } from './inbox/inbox-cleaner.js';
import { OutboxRelay } from './outbox/outbox-relay.js';

/** The database of a service that takes and sends messages, with what keeps its inbox and outbox going. */
export interface ServiceDatabase {
  readonly database: Database;
  /** Sends what is left in the outbox, then closes the connections. The broker must still be open. */
  close(): Promise<void>;
}

export type ServiceDatabaseOptions = Omit<DatabaseOptions, 'wants'> & { readonly broker: MessageBroker };

/**
 * Connects in the background, and from then on sends what is in the outbox and cleans the inbox. Events that nobody wants
 * do not get into the outbox.
 */
export function startServiceDatabase({ broker, ...options }: ServiceDatabaseOptions): ServiceDatabase {
  const database = new Database({ ...options, wants: (topic, eventName) => broker.topic(topic).wants(eventName) });
  const parts = { database, ...(options.logger && { logger: options.logger }) };
  const relay = new OutboxRelay({ ...parts, broker });
  const inboxCleaner = new InboxCleaner(parts);
  database.start();
  relay.start();
  inboxCleaner.start();
  return {
    database,
    close: async () => {
      await inboxCleaner.stop();
      await relay.stop();
      await database.close();
    },
  };
}
