import type { SubscriptionFilter } from '@looseleaf/messaging';

/** How a notification reaches its subscriber. */
export type ChannelName = 'email' | 'webhook';

/** Conditions on fields of an event's body. */
export type BodyFilter = NonNullable<SubscriptionFilter['body']>;

/**
 * The subscription that is always there: customers hear of their orders, at the address in the order. It is in no list and
 * cannot be deleted; its dead letters are read and redriven under this id.
 */
export const CUSTOMERS_SUBSCRIPTION_ID = '00000000-0000-0000-0000-000000000000';
