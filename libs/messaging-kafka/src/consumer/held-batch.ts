import type { Delivery } from '@looseleaf/messaging';
import type { Entry } from './partition-window.js';

/** What a consumer has taken, and what is wrong with the part that is not to be delivered. */
export interface HeldBatch {
  readonly entries: readonly Entry[];
  /** Of the entries, in their order. */
  readonly deliveries: readonly Delivery[];
  readonly spoiled: readonly Spoiled[];
}

/** To be dead-lettered without a delivery. */
export interface Spoiled {
  readonly entry: Entry;
  readonly error: string;
}
