import { Injectable } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { CancelOrders } from '../cancel-order/cancel-orders.js';
import { PlaceOrders } from '../place-order/place-orders.js';
import { seenVersion } from '../sessions/cart-etag.js';
import { Carts } from '../sessions/carts.js';
import type { SessionCookie } from '../sessions/session-cookie.js';
import type { BegunView } from '../sessions/session-view.schema.js';
import { SessionsApi } from '../sessions/sessions-api.js';

/** Who orders; replaces what the session remembers, field by field. */
export interface Identity {
  readonly customerId?: string | undefined;
  readonly email?: string | undefined;
}

/** A cart that was ordered. */
export interface CheckedOut {
  readonly orderId: string;
  readonly acceptedAt: string;
  /** What the customer's cookie is to say from now on. */
  readonly cookie: SessionCookie;
}

type Place = Extract<BegunView['step'], { kind: 'place' }>['checkout'];

/** More withdrawals than one checkout ever meets, unless others check out the same cart all the time. */
const MAX_ATTEMPTS = 3;

/**
 * Orders carts. Three steps, each of which may be the last one that this process lives to see:
 *
 * 1. The session store notes what is ordered, under the session's own idempotency key.
 * 2. The order is sent, under the id that this key derives. It is durable when the customer hears of it.
 * 3. The session store takes what was ordered out of the cart.
 *
 * Without the third, the checkout stays pending, and a checkout of the same cart is the same order. If the customer was told
 * of the order, their cookie says so, and whatever they do next completes it first. If not, and they changed the cart, the
 * order of the first checkout is cancelled, wherever it is, before there is a second one.
 */
@Injectable()
export class CheckOut {
  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
    private readonly orders: PlaceOrders,
    private readonly cancellations: CancelOrders,
  ) {}

  /**
   * Resolves when the order is durable.
   * @param ifMatch the `ETag` of the cart that the customer saw
   * @throws ProblemError 409 `CART.EMPTY`, `CHECKOUT.IN_PROGRESS`, `CHECKOUT.OVERTAKEN`, 412 `CART.CHANGED`
   * @throws UnavailableError the broker refuses; and as {@link SessionsApi}
   */
  async checkOut(cookie: SessionCookie | undefined, identity: Identity, ifMatch?: string): Promise<CheckedOut> {
    if (!cookie) throw emptyCart();
    const seen = seenVersion(ifMatch, cookie.key);
    const settled = await this.carts.settle(cookie);
    let withdrawn: string | undefined;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const startedMs = performance.now();
      const begun = await this.sessions.begin(settled.key, { ...identity, seenVersion: seen, withdrawn });
      if (!begun) throw emptyCart();
      const { step, session } = begun;
      await this.carts.forget(settled.key);
      const current = { ...settled, version: Math.max(settled.version, session.version) };
      if (step.kind === 'place') return this.#place(current, step.checkout, startedMs + begun.leaseMs);
      if (step.kind === 'done') return this.#done(current, step.checkout);
      await this.cancellations.send(this.carts.orderIdOf(settled.key, step.checkoutId));
      withdrawn = step.checkoutId;
    }
    throw new ProblemError(409, 'CHECKOUT.IN_PROGRESS', 'This cart is being checked out elsewhere. Try again.', {
      headers: { 'retry-after': '1' },
    });
  }

  /** @param promiseUntilMs until then, nobody withdraws the checkout */
  async #place(cookie: SessionCookie, checkout: Place, promiseUntilMs: number): Promise<CheckedOut> {
    const { key } = cookie;
    const { id: checkoutId, ...request } = checkout;
    const order = await this.orders.place(request, { caller: this.carts.callerOf(key), key: checkoutId });
    const { id: orderId, acceptedAt } = order;
    try {
      const session = await this.sessions.complete(key, checkoutId, acceptedAt);
      if (session) await this.carts.show(key, session);
      return { orderId, acceptedAt, cookie: { ...cookie, version: session?.version ?? cookie.version } };
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      if (error.status === 409) throw overtaken(orderId, error);
      // The order stands, and only this process knows: the customer carries the news to whichever is asked next. Unless
      // it took so long that another checkout may have withdrawn this one.
      if (performance.now() > promiseUntilMs) throw error;
      return { orderId, acceptedAt, cookie: this.carts.claim(cookie, checkoutId, acceptedAt) };
    }
  }

  #done(cookie: SessionCookie, { id, acceptedAt }: { id: string; acceptedAt: string }): CheckedOut {
    return { orderId: this.carts.orderIdOf(cookie.key, id), acceptedAt, cookie };
  }
}

function emptyCart(): ProblemError {
  return new ProblemError(409, 'CART.EMPTY', 'The cart is empty. Put something in first.');
}

function overtaken(orderId: string, cause: ProblemError): ProblemError {
  const detail = `This session has checked out again meanwhile. GET /v1/orders/${orderId} says what became of this order.`;
  return new ProblemError(409, 'CHECKOUT.OVERTAKEN', detail, { cause });
}
