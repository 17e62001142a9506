import type { OrderLine } from '@looseleaf/contracts';

/** Who the customer says they are; it goes into their orders. */
export interface Identity {
  readonly customerId?: string | undefined;
  readonly email?: string | undefined;
}

/** What a checkout orders: the cart and the identity as they were when it began. */
export interface CheckoutContent extends Identity {
  readonly lines: readonly OrderLine[];
}

/** A checkout whose outcome is not known here: its order is being sent, or was, or never will be. */
export interface PendingCheckout extends CheckoutContent {
  /** The session's own idempotency key: one order for each. */
  readonly id: string;
  /** When it began last, in Unix milliseconds of the database. */
  readonly begunAtMs: number;
  /** The cart's version that it orders. */
  readonly cartVersion: number;
  /** The session's version since it began last: until there, the cart was this one. */
  readonly version: number;
  /** It gives way to a checkout of a cart that was changed: its order is not to be placed any more. */
  readonly withdrawn: boolean;
}

/** The checkout whose order was accepted last. */
export interface CompletedCheckout {
  readonly id: string;
  /** Of its order; RFC 3339 UTC. */
  readonly acceptedAt: string;
  /** The cart's version that it ordered. */
  readonly cartVersion: number;
  /** The last version that is known to have shown that cart. */
  readonly lastCartVersion: number;
  /** The session's version since it is complete. */
  readonly version: number;
}

/** What the shop keeps of a visitor: a value; every change makes a new one with a higher version. */
export interface Session extends CheckoutContent {
  /** Rises by one with each change. */
  readonly version: number;
  /** The version at which the cart's lines changed last. */
  readonly cartVersion: number;
  readonly pending?: PendingCheckout | undefined;
  readonly last?: CompletedCheckout | undefined;
}

/** A session that nobody has written to. */
export const NEW_SESSION: Session = { version: 0, cartVersion: 0, lines: [] };

/**
 * Whether a version that a client has seen still shows the cart as it is. What happened after the cart changed last (a
 * checkout that began, say) does not make it another cart.
 */
export function isCartOf(session: Session, seenVersion: number): boolean {
  return session.cartVersion <= seenVersion && seenVersion <= session.version;
}
