import { Inject, Injectable } from '@nestjs/common';
import { cancelOrder, ORDERS_PLACE_QUEUE, type CancellationReason } from '@looseleaf/contracts';
import { createCheckedMessage, type MessageBroker, type Queue } from '@looseleaf/messaging';
import { ProblemError } from '@looseleaf/service-kit';
import { readState } from '../read-order/order-view.schema.js';
import { ReadOrder } from '../read-order/read-order.js';
import { BROKER } from '../web.tokens.js';

/** Takes customers' cancellations. */
@Injectable()
export class CancelOrders {
  readonly #queue: Queue;

  constructor(
    @Inject(BROKER) broker: MessageBroker,
    private readonly orders: ReadOrder,
  ) {
    this.#queue = broker.queue(ORDERS_PLACE_QUEUE);
  }

  /**
   * Resolves when the cancellation is durable. It goes the order's own way and so reaches the order service after the
   * order; when that service is away, whether the order can still be cancelled is decided later, there.
   * @throws ProblemError 404 `ORDER.UNKNOWN`, 409 `ORDER.NOT_CANCELLABLE`
   * @throws UnavailableError the broker refuses
   */
  async cancel(orderId: string): Promise<void> {
    const reading = await this.orders.read(orderId, 0);
    // An answer that cannot be read does not stop a cancellation: its owner will decide.
    const state = reading?.servedBy === 'orders' ? readState(reading.body) : undefined;
    if (state === 'cancelled') return;
    if (state === 'rejected') {
      throw new ProblemError(409, 'ORDER.NOT_CANCELLABLE', 'This order was rejected, so there is nothing to cancel.');
    }
    await this.#send(orderId);
  }

  /**
   * Keeps the order of a checkout from being placed, if it was not yet: one that is there by then stands. Resolves when this
   * is durable.
   * @throws UnavailableError the broker refuses
   */
  async withdraw(orderId: string): Promise<void> {
    await this.#send(orderId, 'CHECKOUT_WITHDRAWN');
  }

  async #send(orderId: string, reason?: CancellationReason): Promise<void> {
    const requestedAt = new Date().toISOString();
    await this.#queue.send([createCheckedMessage(cancelOrder, { orderId, requestedAt, reason })]);
  }
}
