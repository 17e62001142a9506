import {
  INVENTORY_RESERVE_QUEUE,
  orderCancelled,
  ORDERS_EVENTS_TOPIC,
  releaseStock,
  type CancelOrder,
} from '@looseleaf/contracts';
import { createCheckedMessage, MessagingError, type Message, type MessageFailure } from '@looseleaf/messaging';
import { consumeOnce, type Database, type Transaction } from '@looseleaf/persistence';
import { takeBackSales } from '../best-sellers/sales-journal.js';
import { nextState, type OrderEvent } from '../domain/order-state.js';
import { OrderBook, type OrderChange } from '../order-book/order-book.js';
import type { LockedOrder } from '../order-book/order-rows.js';
import type { CachedOrders } from '../read-orders/cached-orders.js';

/** Cancels orders, whatever has become of them by now. */
export class CancelOrders {
  constructor(
    private readonly database: Database,
    private readonly orders: CachedOrders,
  ) {}

  /**
   * Cancelling twice is once, and a rejected order stays rejected. An order that is not there yet is remembered as
   * cancelled, so that it reserves nothing when it comes. The withdrawal of a checkout does only that.
   * @throws UnavailableError the database is away
   */
  execute(messages: readonly Message<CancelOrder>[]): Promise<MessageFailure[]> {
    return this.orders.change((refresh) =>
      consumeOnce(this.database, messages, (fresh, tx) => cancelAll(fresh, tx, new OrderBook(tx, refresh))),
    );
  }
}

async function cancelAll(fresh: readonly Message<CancelOrder>[], tx: Transaction, book: OrderBook): Promise<void> {
  const byOrder = decisivePerOrder(fresh);
  const orders = await book.lock([...byOrder.keys()]);
  const at = new Date().toISOString();
  const cancelled = [...orders.values()].filter(({ id, state }) => nextState(state, eventOf(byOrder.get(id)!)));
  const sold = cancelled.filter(({ state }) => state === 'confirmed').map(({ id }) => id);
  await takeBackSales(tx, sold);
  await book.change(cancelled.map(({ id }) => ({ id, entry: { state: 'cancelled', at } })));
  for (const order of cancelled) tellCancelled(tx, order, at, byOrder.get(order.id)!);
  const early = [...byOrder.values()].filter(({ body }) => !orders.has(body.orderId));
  if ((await book.insertCancelled(early.map(({ body }) => toEarly(body, at)))) < early.length) {
    throw new OrderArrivedMeanwhileError();
  }
}

/** What a customer asks for counts, whatever else is asked for in the same batch. */
function decisivePerOrder(messages: readonly Message<CancelOrder>[]): Map<string, Message<CancelOrder>> {
  const isRequest = (message: Message<CancelOrder>): boolean => eventOf(message) === 'cancellation requested';
  const ordered = [...messages.filter((message) => !isRequest(message)), ...messages.filter(isRequest)];
  return new Map(ordered.map((message) => [message.body.orderId, message]));
}

function eventOf({ body }: Message<CancelOrder>): OrderEvent {
  return body.reason === 'CHECKOUT_WITHDRAWN' ? 'checkout withdrawn' : 'cancellation requested';
}

function toEarly({ orderId, reason }: CancelOrder, at: string): OrderChange {
  return { id: orderId, entry: { state: 'cancelled', at, ...(reason && { reason }) } };
}

function tellCancelled(tx: Transaction, order: LockedOrder, cancelledAt: string, cause: Message<CancelOrder>): void {
  const { id: orderId, customerId, email } = order;
  // Also when nothing is reserved yet: the reservation is on its way, and the release follows it in its group.
  tx.send(INVENTORY_RESERVE_QUEUE, [createCheckedMessage(releaseStock, { orderId }, cause)]);
  const event = createCheckedMessage(orderCancelled, { orderId, customerId, email, cancelledAt }, cause);
  tx.publish(ORDERS_EVENTS_TOPIC, [event]);
}

/** Between the look for the order and the note that it is missing, another process recorded it. The retry will see it. */
class OrderArrivedMeanwhileError extends MessagingError {
  constructor() {
    super('ORDER.ARRIVED_MEANWHILE', 'an order was recorded while its cancellation was', true);
  }
}
