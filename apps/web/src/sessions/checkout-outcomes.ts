import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { readHistory } from '../read-order/order-view.schema.js';
import { isJson } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { ORDERS_API } from '../web.tokens.js';
import { Carts } from './carts.js';
import type { SessionView } from './session-view.schema.js';
import { SessionsApi } from './sessions-api.js';

/** A customer does not wait longer for one answer of the order service. */
const ANSWER_MS = 500;
const RETRY_MS = 50;

/** What became of a checkout: its order was placed and stands, or never will be. */
export type CheckoutOutcome =
  /** `acceptedAt`: RFC 3339 UTC. */
  { readonly kind: 'placed'; readonly acceptedAt: string } | { readonly kind: 'withdrawn' };

/**
 * Finds out what became of checkouts that the session store does not know the outcome of: a web process died between the
 * order and its note, or the session store was away. The order service knows, as soon as it has the order.
 */
@Injectable()
export class CheckoutOutcomes {
  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
    @Inject(ORDERS_API) private readonly orders: Upstream,
  ) {}

  /**
   * @param key of the session
   * @param waitMs how long to ask on for; 0 asks once
   * @returns `undefined` when the order service does not know, or does not answer
   */
  async find(key: string, checkoutId: string, waitMs = 0): Promise<CheckoutOutcome | undefined> {
    const orderId = this.carts.orderIdOf(key, checkoutId);
    const deadlineMs = performance.now() + waitMs;
    for (;;) {
      const outcome = await this.#ask(orderId);
      if (outcome || performance.now() >= deadlineMs) return outcome;
      await delay(RETRY_MS);
    }
  }

  /** @returns the session, its pending checkout complete if its order was placed; as it was if that cannot be told */
  async settle(key: string, session: SessionView): Promise<SessionView> {
    const { pending } = session;
    const outcome = pending && (await this.find(key, pending.id));
    if (outcome?.kind !== 'placed') return session;
    try {
      return (await this.sessions.complete(key, pending!.id, outcome.acceptedAt)) ?? session;
    } catch (error) {
      // The session store is away, or another request was faster: the next reader will see.
      if (error instanceof ProblemError) return session;
      throw error;
    }
  }

  async #ask(orderId: string): Promise<CheckoutOutcome | undefined> {
    try {
      const answer = await this.orders.get(`/internal/orders/${orderId}`, { timeoutMs: ANSWER_MS, hurried: true });
      return isJson(answer) ? outcomeOf(answer.body) : undefined;
    } catch (error) {
      if (error instanceof ProblemError) return undefined;
      throw error;
    }
  }
}

function outcomeOf(body: Buffer): CheckoutOutcome | undefined {
  const history = readHistory(body);
  const [first, last] = [history?.[0], history?.at(-1)];
  if (!first || !last) return undefined;
  return last.reason === 'CHECKOUT_WITHDRAWN' ? { kind: 'withdrawn' } : { kind: 'placed', acceptedAt: first.at };
}
