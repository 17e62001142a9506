import { hash } from 'node:crypto';
import { CUSTOMERS_SUBSCRIPTION_ID } from '../subscriptions/subscription.js';

/**
 * How many lanes share the customers' mail. A recipient whose server takes its time delays those of the same lane only, and
 * each lane costs every replica one look at an index for each sweep.
 */
const CUSTOMER_LANES = 16;

/** Ids that no subscription has, the customers' own apart. */
const customerLanes = Array.from(
  { length: CUSTOMER_LANES },
  (_, index) => CUSTOMERS_SUBSCRIPTION_ID.slice(0, -2) + index.toString(16).padStart(2, '0'),
);

/** The lanes that a subscription's deliveries go through: one of its own, or those of the customers. */
export function lanesOf(subscriptionId: string): readonly string[] {
  return subscriptionId === CUSTOMERS_SUBSCRIPTION_ID ? customerLanes : [subscriptionId];
}

/** The lane of an event's delivery. Everything for one customer goes through one lane. */
export function laneOf(subscriptionId: string, body: unknown): string {
  if (subscriptionId !== CUSTOMERS_SUBSCRIPTION_ID) return subscriptionId;
  const { email = '' } = body as { email?: string };
  return customerLanes[Number.parseInt(hash('sha256', email.toLowerCase()).slice(0, 8), 16) % CUSTOMER_LANES]!;
}
