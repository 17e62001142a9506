import { randomUUID } from 'node:crypto';
import { beginCheckout, completeCheckout, type BeginRequest, type CheckoutStep } from '../domain/checkout.js';
import type { SessionStore } from '../session-store/session-store.js';
import type { StoredSession } from '../session-store/session-table.js';

export interface CheckOutsOptions {
  /**
   * How long a checkout has the cart to itself. Whoever began it promises the customer an order only if it was durable within
   * this time; so one that is older and was not placed yet may be withdrawn without breaking a promise. Longer than a broker
   * may take to accept an order, with room for the call before it.
   */
  readonly leaseMs: number;
}

/** The two halves of a checkout, between which its order is sent. Each is made on what the database has. */
export class CheckOuts {
  readonly leaseMs: number;

  constructor(
    private readonly sessions: SessionStore,
    { leaseMs }: CheckOutsOptions,
  ) {
    this.leaseMs = leaseMs;
  }

  /** Beginning twice is beginning once, as long as the cart is the same. @throws as {@link beginCheckout} */
  async begin(
    key: string,
    request: Pick<BeginRequest, 'identity' | 'seenVersion' | 'withdrawn'>,
  ): Promise<{ step: CheckoutStep; stored: StoredSession }> {
    const newId = randomUUID();
    const { leaseMs } = this;
    const { stored, result } = await this.sessions.changeLocked(key, (session, nowMs) => {
      const begun = beginCheckout(session, { ...request, newId, nowMs, leaseMs });
      return { session: begun.session, result: begun.step };
    });
    return { step: result, stored };
  }

  /** The order was accepted; completing twice is completing once. @throws as {@link completeCheckout} */
  async complete(key: string, checkoutId: string, acceptedAt: string): Promise<StoredSession> {
    const { stored } = await this.sessions.changeLocked(key, (session) => ({
      session: completeCheckout(session, checkoutId, acceptedAt),
      result: undefined,
    }));
    return stored;
  }
}
