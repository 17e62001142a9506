import { Injectable } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { CancelOrders } from '../cancel-order/cancel-orders.js';
import { PlaceOrders } from '../place-order/place-orders.js';
import { seenVersion } from '../sessions/cart-etag.js';
import { Carts } from '../sessions/carts.js';
import { CheckoutOutcomes } from '../sessions/checkout-outcomes.js';
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

type Step = BegunView['step'];
type Place = Extract<Step, { kind: 'place' }>;
type Settle = Extract<Step, { kind: 'settle' }>;

/** More settlements than one checkout ever meets, unless others check out the same cart all the time. */
const MAX_ATTEMPTS = 3;
/** For so long, a customer waits for the order service to say what became of an earlier checkout. */
const SETTLE_MS = 2_000;
/** When to try again, if nothing says when. */
const RETRY_MS = 1_000;

/**
 * Orders carts. Three steps, each of which may be the last one that this process lives to see:
 *
 * 1. The session store notes what is ordered, under the session's own idempotency key.
 * 2. The order is sent, under the id that this key derives. It is durable when the customer hears of it.
 * 3. The session store takes what was ordered out of the cart.
 *
 * Without the third, the checkout stays pending, and a checkout of the same cart is the same order. If the cart was changed,
 * the order service says what became of the first order: one that it has stands, whatever the customer was told. Once the
 * first checkout's lease is over it is told not to take the order any more, if it has not yet. That goes the order's own
 * way, behind it, so that an order that somebody was promised is always there before.
 */
@Injectable()
export class CheckOut {
  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
    private readonly outcomes: CheckoutOutcomes,
    private readonly orders: PlaceOrders,
    private readonly cancellations: CancelOrders,
  ) {}

  /**
   * Resolves when the order is durable.
   * @param ifMatch the `ETag` of the cart that the customer saw
   * @throws ProblemError 409 `CART.EMPTY`, `CHECKOUT.IN_PROGRESS`, 412 `CART.CHANGED`, 503 `CHECKOUT.TOO_SLOW`
   * @throws UnavailableError the broker refuses; and as {@link SessionsApi}
   */
  async checkOut(cookie: SessionCookie | undefined, identity: Identity, ifMatch?: string): Promise<CheckedOut> {
    if (!cookie) throw emptyCart();
    const { key } = cookie;
    const seen = seenVersion(ifMatch, key);
    let withdrawn: string | undefined;
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
      const startedMs = performance.now();
      const begun = await this.sessions.begin(key, { ...identity, seenVersion: seen, withdrawn });
      if (!begun) throw emptyCart();
      const { step, session } = begun;
      await this.carts.forget(key);
      const current = { ...cookie, version: Math.max(cookie.version, session.version) };
      if (step.kind === 'place') return this.#place(current, step, startedMs + begun.leaseMs);
      if (step.kind === 'done') return this.#done(current, step.checkout);
      withdrawn = await this.#settle(key, step);
    }
    throw inProgress(RETRY_MS);
  }

  /** @param promiseUntilMs until then, nobody withdraws the checkout */
  async #place(cookie: SessionCookie, { checkout }: Place, promiseUntilMs: number): Promise<CheckedOut> {
    const { key } = cookie;
    const { id: checkoutId, ...request } = checkout;
    const order = await this.orders.place(request, { caller: this.carts.callerOf(key), key: checkoutId });
    const { id: orderId, acceptedAt } = order;
    if (performance.now() > promiseUntilMs) throw tooSlow();
    const session = await this.#complete(key, checkoutId, acceptedAt);
    return { orderId, acceptedAt, cookie: { ...cookie, version: session?.version ?? cookie.version } };
  }

  #done(cookie: SessionCookie, { id, acceptedAt }: { id: string; acceptedAt: string }): CheckedOut {
    return { orderId: this.carts.orderIdOf(cookie.key, id), acceptedAt, cookie };
  }

  /**
   * Settles an earlier checkout of the cart, of which only the order service knows what became.
   * @returns the checkout, when its order will never be placed
   */
  async #settle(key: string, { checkoutId, leaseLeftMs }: Settle): Promise<string | undefined> {
    const isLeased = leaseLeftMs > 0;
    if (!isLeased) await this.cancellations.withdraw(this.carts.orderIdOf(key, checkoutId));
    const outcome = await this.outcomes.find(key, checkoutId, isLeased ? 0 : SETTLE_MS);
    if (!outcome) throw inProgress(leaseLeftMs || RETRY_MS);
    if (outcome.kind === 'withdrawn') return checkoutId;
    await this.sessions.complete(key, checkoutId, outcome.acceptedAt).catch(ifOvertaken);
    return undefined;
  }

  /** The order stands, whatever comes of this: what is asked next completes the checkout if it fails. */
  async #complete(key: string, checkoutId: string, acceptedAt: string): ReturnType<SessionsApi['complete']> {
    try {
      const session = await this.sessions.complete(key, checkoutId, acceptedAt);
      if (session) await this.carts.show(key, session);
      return session;
    } catch (error) {
      if (error instanceof ProblemError) return undefined;
      throw error;
    }
  }
}

/** Others completed the checkout, and one more since. */
function ifOvertaken(error: unknown): void {
  if (!(error instanceof ProblemError && error.code === 'CHECKOUT.OVERTAKEN')) throw error;
}

function emptyCart(): ProblemError {
  return new ProblemError(409, 'CART.EMPTY', 'The cart is empty. Put something in first.');
}

function inProgress(retryAfterMs: number): ProblemError {
  const detail = 'This cart was changed while a checkout of it was under way. Try again in a moment.';
  return new ProblemError(409, 'CHECKOUT.IN_PROGRESS', detail, {
    headers: { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) },
  });
}

function tooSlow(): ProblemError {
  const detail = 'The order took too long to be promised. Check out again: the same cart is the same order.';
  return new ProblemError(503, 'CHECKOUT.TOO_SLOW', detail, { headers: { 'retry-after': '1' } });
}
