import {
  INVENTORY_EVENTS_TOPIC,
  INVENTORY_IMPORT_QUEUE,
  INVENTORY_RESERVE_QUEUE,
  stockDepleted,
  stockFileImported,
  stockRefused,
  stockReplenished,
  stockReserved,
} from './inventory.js';
import { orderCancelled, orderConfirmed, orderRejected, ORDERS_EVENTS_TOPIC, ORDERS_PLACE_QUEUE } from './orders.js';

/** The order service's subscription to `inventory.events`. */
export const ORDERS_SUBSCRIPTION = 'orders';
/** The notifier's subscriptions, one to each topic. */
export const NOTIFIER_SUBSCRIPTION = 'notifier';

/** The events that people and systems outside the shop can be told of. */
export const notifiableEvents = [
  orderConfirmed,
  orderRejected,
  orderCancelled,
  stockDepleted,
  stockReplenished,
  stockFileImported,
] as const;

/** Every queue, topic and subscription of the shop: what the broker is provisioned with before services start. */
export const topology = {
  queues: [
    { name: ORDERS_PLACE_QUEUE, maxReceiveCount: 5 },
    { name: INVENTORY_RESERVE_QUEUE, maxReceiveCount: 5 },
    { name: INVENTORY_IMPORT_QUEUE, maxReceiveCount: 3 },
  ],
  topics: [ORDERS_EVENTS_TOPIC, INVENTORY_EVENTS_TOPIC],
  subscriptions: [
    {
      topic: INVENTORY_EVENTS_TOPIC,
      name: ORDERS_SUBSCRIPTION,
      filter: { events: [stockReserved.name, stockRefused.name] },
    },
    ...[ORDERS_EVENTS_TOPIC, INVENTORY_EVENTS_TOPIC].map((topic) => ({
      topic,
      name: NOTIFIER_SUBSCRIPTION,
      filter: { events: notifiableEvents.filter(({ channel }) => channel === topic).map(({ name }) => name) },
    })),
  ],
};
