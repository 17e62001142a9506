import {
  orderConfirmed,
  orderRejected,
  ORDERS_EVENTS_TOPIC,
  type StockRefused,
  type StockReserved,
} from '@looseleaf/contracts';
import {
  createCheckedMessage,
  MessagingError,
  PermanentError,
  type Message,
  type MessageFailure,
} from '@looseleaf/messaging';
import { consumeOnce, type Database, type Transaction } from '@looseleaf/persistence';
import { totalMinorOf } from '../domain/order.js';
import { IllegalTransitionError, nextState, type OrderEvent } from '../domain/order-state.js';
import { OrderBook, type OrderChange } from '../order-book/order-book.js';
import type { LockedOrder } from '../order-book/order-rows.js';
import type { CachedOrders } from '../read-orders/cached-orders.js';

/** What the event makes of an order: the change of its row, and what is told about it. */
type Settlement<Body> = (order: LockedOrder, message: Message<Body>, at: string) => [OrderChange, Message];

/** Takes inventory's answers: orders become confirmed, at the prices that were fixed, or rejected. */
export class SettleReservations {
  constructor(
    private readonly database: Database,
    private readonly orders: CachedOrders,
  ) {}

  /** @returns messages for unknown orders, and those that contradict what inventory said before */
  confirm(messages: readonly Message<StockReserved>[]): Promise<MessageFailure[]> {
    return this.settle('stock reserved', messages, confirmed);
  }

  /** @returns as {@link confirm} */
  reject(messages: readonly Message<StockRefused>[]): Promise<MessageFailure[]> {
    return this.settle('stock refused', messages, rejected);
  }

  private settle<Body extends { orderId: string }>(
    event: OrderEvent,
    messages: readonly Message<Body>[],
    settlement: Settlement<Body>,
  ): Promise<MessageFailure[]> {
    return this.orders.change((refresh) =>
      consumeOnce(this.database, messages, (fresh, tx) =>
        settleAll(event, fresh, settlement, tx, new OrderBook(tx, refresh)),
      ),
    );
  }
}

async function settleAll<Body extends { orderId: string }>(
  event: OrderEvent,
  fresh: readonly Message<Body>[],
  settlement: Settlement<Body>,
  tx: Transaction,
  book: OrderBook,
): Promise<MessageFailure[]> {
  const orders = await book.lock(fresh.map(({ body }) => body.orderId));
  const at = new Date().toISOString();
  const settlements = new Map<string, [OrderChange, Message]>();
  const failures: MessageFailure[] = [];
  for (const message of fresh) {
    const order = orders.get(message.body.orderId);
    try {
      if (!order) throw new OrderUnknownError(message.body.orderId);
      // A second answer to one order in one batch: nothing comes of it, as nothing would in the next batch.
      if (nextState(order.state, event) && !settlements.has(order.id)) {
        settlements.set(order.id, settlement(order, message, at));
      }
    } catch (error) {
      failures.push({ messageId: message.id, error: toFailure(error) });
    }
  }
  await book.change([...settlements.values()].map(([change]) => change));
  tx.publish(
    ORDERS_EVENTS_TOPIC,
    [...settlements.values()].map(([, told]) => told),
  );
  return failures;
}

const confirmed: Settlement<StockReserved> = ({ id, customerId, email }, message, confirmedAt) => {
  const { lines } = message.body;
  const totalMinor = totalMinorOf(lines);
  return [
    { id, entry: { state: 'confirmed', at: confirmedAt }, priced: { lines, totalMinor } },
    createCheckedMessage(orderConfirmed, { orderId: id, customerId, email, lines, totalMinor, confirmedAt }, message),
  ];
};

const rejected: Settlement<StockRefused> = ({ id, customerId, email }, message, rejectedAt) => {
  const { reason, skus } = message.body;
  return [
    { id, entry: { state: 'rejected', at: rejectedAt, reason, skus } },
    createCheckedMessage(orderRejected, { orderId: id, customerId, email, reason, skus, rejectedAt }, message),
  ];
};

/** Inventory speaks of an order that is not recorded here. Not permanent: it can be put right, and is redelivered. */
class OrderUnknownError extends MessagingError {
  constructor(orderId: string) {
    super('ORDER.UNKNOWN', `there is no order ${orderId}`, false);
  }
}

function toFailure(error: unknown): unknown {
  if (!(error instanceof IllegalTransitionError)) return error;
  return new PermanentError(error.code, error.message, { cause: error });
}
