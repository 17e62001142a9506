import {
  INVENTORY_RESERVE_QUEUE,
  orderCancelled,
  ORDERS_EVENTS_TOPIC,
  releaseStock,
  type CancelOrder,
} from '@looseleaf/contracts';
import { createCheckedMessage, MessagingError, type Message, type MessageFailure } from '@looseleaf/messaging';
import { consumeOnce, type Database, type Transaction } from '@looseleaf/persistence';
import type { HistoryEntry } from '../domain/order.js';
import { nextState } from '../domain/order-state.js';
import { OrderBook, type LockedOrder } from '../order-book/order-book.js';
import type { CachedOrders } from '../read-orders/cached-orders.js';

/** Cancels orders, whatever has become of them by now. */
export class CancelOrders {
  constructor(
    private readonly database: Database,
    private readonly orders: CachedOrders,
  ) {}

  /**
   * Cancelling twice is once, and a rejected order stays rejected. An order that is not there yet is remembered as
   * cancelled, so that it reserves nothing when it comes.
   * @throws UnavailableError the database is away
   */
  execute(messages: readonly Message<CancelOrder>[]): Promise<MessageFailure[]> {
    return this.orders.change((refresh) =>
      consumeOnce(this.database, messages, (fresh, tx) => cancelAll(fresh, tx, new OrderBook(tx, refresh))),
    );
  }
}

async function cancelAll(fresh: readonly Message<CancelOrder>[], tx: Transaction, book: OrderBook): Promise<void> {
  const byOrder = new Map(fresh.map((message) => [message.body.orderId, message]));
  const orders = await book.lock([...byOrder.keys()]);
  const entry: HistoryEntry = { state: 'cancelled', at: new Date().toISOString() };
  const cancelled = [...orders.values()].filter(({ state }) => nextState(state, 'cancellation requested'));
  await book.change(cancelled.map(({ id }) => ({ id, entry })));
  for (const order of cancelled) tellCancelled(tx, order, entry.at, byOrder.get(order.id)!);
  const early = [...byOrder.keys()].filter((id) => !orders.has(id));
  if ((await book.insertCancelled(early, entry)) < early.length) throw new OrderArrivedMeanwhileError();
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
