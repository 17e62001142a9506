import { eventually } from '@looseleaf/infra';
import { DONE, subscriptionQueueName, type Message, type MessageBroker } from '@looseleaf/messaging';
import { createPostgresBroker, migrateBroker } from '@looseleaf/messaging-postgres';
import { messagingMigration } from '../migrations/messaging.migration.js';
import { startServiceDatabase, type ServiceDatabase } from '../service-database.js';
import { message, ready, TestDatabases } from '../testing/test-database.js';

const TOPIC = 'events';

describe('events on their way through the outbox', () => {
  let databases: TestDatabases;
  let broker: MessageBroker;
  let elsewhere: MessageBroker;
  let service: ServiceDatabase;
  beforeAll(async () => {
    databases = await TestDatabases.start();
    const url = await databases.server.createDatabase('broker');
    await migrateBroker(url);
    broker = createPostgresBroker({ url, applicationName: 'test' });
    elsewhere = createPostgresBroker({ url, applicationName: 'elsewhere' });
    await broker.declare({ queues: [], topics: [TOPIC], subscriptions: [] });
    service = startServiceDatabase({ url: databases.url, entities: [], migrations: [messagingMigration], broker });
    await ready(service.database);
  });
  afterAll(async () => {
    await service.close();
    await Promise.all([broker.close(), elsewhere.close()]);
    await databases.stop();
  });

  /** Transactions one after the other, each with one event; what they published is in `begun`. */
  const publishContinuously = () => {
    const begun: Message[] = [];
    let running = true;
    const work = (async () => {
      while (running) {
        const event = message(begun.length, 'one');
        begun.push(event);
        await service.database.transaction((tx) => Promise.resolve(tx.publish(TOPIC, [event])));
      }
    })();
    const stop = async (): Promise<void> => {
      running = false;
      await work;
    };
    return { begun, stop };
  };

  it('reach a subscription from the first transaction after its declaration on', async () => {
    const publishing = publishContinuously();
    await eventually(() => expect(broker.topic(TOPIC).wants('test.happened')).toBe(false));
    await elsewhere.declare({ queues: [], topics: [], subscriptions: [{ topic: TOPIC, name: 'late' }] });
    const declaredAfter = publishing.begun.length;
    await eventually(() => expect(publishing.begun.length).toBeGreaterThan(declaredAfter + 200));
    await publishing.stop();

    const received: string[] = [];
    const consumer = elsewhere.queue(subscriptionQueueName(TOPIC, 'late')).consume((batch) => {
      received.push(...batch.map(({ message: { id } }) => id));
      return Promise.resolve(batch.map(() => DONE));
    });
    const expected = publishing.begun.slice(declaredAfter).map(({ id }) => id);
    await eventually(() => expect(received.at(-1)).toBe(expected.at(-1)));
    await consumer.stop(5_000);
    expect(received.slice(-expected.length)).toEqual(expected);
    expect(received.length).toBeLessThan(publishing.begun.length);
  });
});
