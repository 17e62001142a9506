import { Inject, Injectable } from '@nestjs/common';
import { cancelOrder, ORDERS_PLACE_QUEUE } from '@looseleaf/contracts';
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
    await this.send(orderId);
  }

  /**
   * Has an order cancelled in whatever state it is, also one that is still to come: that one then never counts. Resolves when
   * this is durable.
   * @throws UnavailableError the broker refuses
   */
  async send(orderId: string): Promise<void> {
    await this.#queue.send([createCheckedMessage(cancelOrder, { orderId, requestedAt: new Date().toISOString() })]);
  }
}
