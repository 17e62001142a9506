import { Inject, Injectable } from '@nestjs/common';
import { ProblemError } from '@looseleaf/service-kit';
import { orderView } from '../read-order/order-view.schema.js';
import { Carts } from '../sessions/carts.js';
import type { SessionView } from '../sessions/session-view.schema.js';
import { SessionsApi } from '../sessions/sessions-api.js';
import { isJson } from '../upstream/relay.js';
import type { Upstream } from '../upstream/upstream.js';
import { ORDERS_API } from '../web.tokens.js';

/** A reader of a cart does not wait for the order service. */
const ANSWER_MS = 500;

/**
 * Finds out what became of checkouts whose outcome nobody noted: the web process died between the order and the note, and
 * no cookie tells. The order service knows the order if it was accepted, so the cart can be emptied.
 */
@Injectable()
export class LostCheckouts {
  constructor(
    private readonly sessions: SessionsApi,
    private readonly carts: Carts,
    @Inject(ORDERS_API) private readonly orders: Upstream,
  ) {}

  /** @returns the session, with its pending checkout completed if its order is there; as it was if that cannot be told */
  async find(key: string, session: SessionView): Promise<SessionView> {
    const { pending } = session;
    if (!pending || pending.withdrawn) return session;
    try {
      const acceptedAt = await this.#acceptedAt(this.carts.orderIdOf(key, pending.id));
      if (acceptedAt === undefined) return session;
      return (await this.sessions.complete(key, pending.id, acceptedAt)) ?? session;
    } catch (error) {
      // The order service or the session store is away, or another request was faster: the next reader will see.
      if (error instanceof ProblemError) return session;
      throw error;
    }
  }

  async #acceptedAt(orderId: string): Promise<string | undefined> {
    const answer = await this.orders.get(`/internal/orders/${orderId}`, { timeoutMs: ANSWER_MS, hurried: true });
    if (!isJson(answer)) return undefined;
    const { data } = orderView.safeParse(JSON.parse(answer.body.toString()));
    // A cancelled one may have been withdrawn: then it was never this cart's order.
    if (!data || data.state === 'cancelled') return undefined;
    return data.history[0]?.at;
  }
}
