import { Inject, Injectable } from '@nestjs/common';
import { ORDERS_PLACE_QUEUE, placeOrder, type PlaceOrder } from '@looseleaf/contracts';
import { createCheckedMessage, isoTime, type Message, type MessageBroker, type Queue } from '@looseleaf/messaging';
import { ProblemError } from '@looseleaf/service-kit';
import type { KeyOfCaller } from '../http/idempotency-key.js';
import type { SignedIds } from '../signed-ids/signed-ids.js';
import { BROKER, ORDER_IDS } from '../web.tokens.js';
import type { OrderRequest } from './order-request.schema.js';
import { RecentOrders, type AcceptedOrder } from './recent-orders.js';
import { digestOf } from './request-digest.js';

/** An order that is to be sent, or that is being sent, or that was. */
export interface Draft {
  readonly order: AcceptedOrder;
  /** What to send; left out when it has been sent before. */
  readonly message?: Message<PlaceOrder>;
  /** Settles when the order is durable, for one that another request is sending. */
  readonly sending?: Promise<void>;
}

/**
 * Takes orders: gives each an id and makes it durable in the queue. No database and no other service is involved, so an
 * order is taken whatever else is down.
 */
@Injectable()
export class PlaceOrders {
  readonly #queue: Queue;
  /** Orders under a key that are on their way into the queue. */
  readonly #sending = new Map<string, Draft>();

  constructor(
    @Inject(BROKER) broker: MessageBroker,
    @Inject(ORDER_IDS) private readonly ids: SignedIds,
    private readonly recent: RecentOrders,
  ) {
    this.#queue = broker.queue(ORDERS_PLACE_QUEUE);
  }

  /**
   * Takes one order. Resolves when it is durable.
   * @param key the same key of the same caller is the same order, however often it is sent
   * @throws UnavailableError the broker refuses
   * @throws ProblemError 422 `IDEMPOTENCY.KEY_REUSED` when the key is known to belong to another order
   */
  async place(request: OrderRequest, key?: KeyOfCaller): Promise<AcceptedOrder> {
    const draft = this.draft(request, key);
    if (!draft.message) await draft.sending;
    else if (key) await this.send([draft]);
    else await this.#sendOne(draft.message, draft.order);
    return draft.order;
  }

  /**
   * Gives an order its id, and finds out whether it was sent before.
   * @param batch drafts, by id, that are to be sent together with this one
   * @throws ProblemError 422 `IDEMPOTENCY.KEY_REUSED`
   */
  draft(request: OrderRequest, key?: KeyOfCaller, batch?: ReadonlyMap<string, Draft>): Draft {
    const nowMs = Date.now();
    if (!key) return newDraft(this.ids.make(nowMs), nowMs, request);
    const id = this.ids.derive(key.caller, key.key);
    const digest = digestOf(request);
    const known = batch?.get(id) ?? this.#sending.get(id) ?? this.#sent(id);
    if (!known) return newDraft(id, nowMs, request, digest);
    if (known.order.requestDigest === digest) return known;
    throw new ProblemError(
      422,
      'IDEMPOTENCY.KEY_REUSED',
      'This Idempotency-Key was used for another order. Use a new key for a new order.',
    );
  }

  /** Sends drafts that have a message, all in one write. @throws UnavailableError when the broker refuses */
  async send(drafts: readonly Draft[]): Promise<void> {
    const sending = this.#queue.send(drafts.map(({ message }) => message!));
    const keyed = drafts.filter(({ order }) => order.requestDigest !== undefined);
    for (const { order } of keyed) this.#sending.set(order.id, { order, sending });
    try {
      await sending;
      for (const { order } of drafts) this.recent.add(order);
    } finally {
      for (const { order } of keyed) this.#sending.delete(order.id);
    }
  }

  /** As `send`, for the order that most requests are: one, without a key. */
  async #sendOne(message: Message<PlaceOrder>, order: AcceptedOrder): Promise<void> {
    await this.#queue.send([message]);
    this.recent.add(order);
  }

  #sent(id: string): Draft | undefined {
    const order = this.recent.get(id);
    return order && { order };
  }
}

/** Fields are named one by one: that is several times as fast as a spread, and keeps out what an order has not. */
function newDraft(id: string, nowMs: number, request: OrderRequest, requestDigest?: string): Draft {
  const { customerId, email, lines } = request;
  const acceptedAt = isoTime(nowMs);
  return {
    order: { id, acceptedAt, lines, requestDigest },
    message: createCheckedMessage(placeOrder, { orderId: id, customerId, email, lines, acceptedAt, requestDigest }),
  };
}
