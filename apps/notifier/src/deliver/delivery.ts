import { createHash } from 'node:crypto';
import type { ChannelName } from '../subscriptions/subscription.js';

/** What happened, as it was when it was stored. */
export interface NotifiedEvent {
  readonly name: string;
  /** The body as JSON text: the same bytes at each attempt. */
  readonly body: string;
  /** RFC 3339 UTC. */
  readonly occurredAt: string;
}

/** Names a delivery: one event goes to one subscription once. */
export interface DeliveryKey {
  readonly eventId: string;
  readonly subscriptionId: string;
}

/** A delivery that this process has claimed, with all that an attempt needs. */
export interface Delivery extends DeliveryKey {
  readonly event: NotifiedEvent;
  readonly channel: ChannelName;
  /** E-mail address or URL; `null`: the address that the event carries. */
  readonly address: string | null;
  /** The webhook's secret as it is stored, sealed. */
  readonly secret: Buffer | null;
  /** Failed ones so far. */
  readonly attempts: number;
}

/** What came of one attempt. */
export type Outcome =
  /** The subscriber has it. */
  | { readonly kind: 'delivered' }
  /** Counts as an attempt; tried again later, or dead-lettered when that is no use. */
  | {
      readonly kind: 'failed';
      /** For operators and for whoever reads the dead letters of the subscription. */
      readonly error: string;
      /** For the log only: what subscribers must not learn of the network that this service is in. */
      readonly detail?: string;
      readonly permanent?: boolean;
      /** What the subscriber asked for. */
      readonly retryAfterMs?: number;
    }
  /** Not the subscriber's fault: it does not count, and nothing more of the subscription is tried for this time. */
  | { readonly kind: 'released'; readonly error: string; readonly delayMs: number };

/** Makes one attempt, within a bounded time. A rejection counts as a failed attempt. */
export type Channel = (delivery: Delivery) => Promise<Outcome>;

/**
 * The id that a subscriber knows the delivery by: the same at each attempt, on each replica and after a redrive, because
 * it is computed from what the delivery is about. A UUIDv8 (RFC 9562, section 5.8).
 */
export function deliveryId({ eventId, subscriptionId }: DeliveryKey): string {
  const bytes = createHash('sha256').update(`${eventId}/${subscriptionId}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
