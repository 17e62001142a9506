import { ORDERS_EVENTS_TOPIC, orderConfirmed } from '@looseleaf/contracts';
import { DONE, subscriptionQueueName } from '@looseleaf/messaging';
import { brokerConfigSchema, createBroker } from '@looseleaf/backing-services';

/*
 * Subscribes to `order.confirmed` as another service would, and tells the process that started it how many came.
 * A process of its own, so that its share of the cost counts.
 */
const subscription = { topic: ORDERS_EVENTS_TOPIC, name: 'bench', filter: { events: [orderConfirmed.name] } };
const broker = await createBroker(brokerConfigSchema.parse(process.env), { name: 'bench' });
await broker.declare({ queues: [], topics: [], subscriptions: [subscription] });
let delivered = 0;
broker.queue(subscriptionQueueName(subscription.topic, subscription.name)).consume(async (batch) => {
  delivered += batch.length;
  process.send?.({ delivered });
  return batch.map(() => DONE);
});
process.send?.({ delivered });
process.once('disconnect', () => void broker.close().finally(() => process.exit(0)));
