import {
  INVENTORY_RESERVE_QUEUE,
  orderAccepted,
  orderCancelled,
  ORDERS_EVENTS_TOPIC,
  reserveStock,
  type PlaceOrder,
} from '@looseleaf/contracts';
import { createCheckedMessage, PermanentError, type Message, type MessageFailure } from '@looseleaf/messaging';
import { consumeOnce, type Database, type PersistenceLogger, type Transaction } from '@looseleaf/persistence';
import { OrderBook, type NewOrder } from '../order-book/order-book.js';
import type { LockedOrder } from '../order-book/order-rows.js';
import type { CachedOrders } from '../read-orders/cached-orders.js';
import { digestOf, isReusedKey } from './order-digest.js';

type Place = Message<PlaceOrder>;

/** Takes orders: records them, asks inventory for their stock and tells that they were accepted. */
export class PlaceOrders {
  constructor(
    private readonly database: Database,
    private readonly orders: CachedOrders,
    private readonly logger: PersistenceLogger,
  ) {}

  /**
   * One statement for all new orders, however many.
   * @returns those whose id belongs to another order (`ORDER.ID_TAKEN`, permanent)
   * @throws UnavailableError the database is away
   */
  execute(messages: readonly Place[]): Promise<MessageFailure[]> {
    return this.orders.change((refresh) =>
      consumeOnce(this.database, messages, (fresh, tx) => this.take(fresh, tx, new OrderBook(tx, refresh))),
    );
  }

  private async take(fresh: readonly Place[], tx: Transaction, book: OrderBook): Promise<MessageFailure[]> {
    const inserted = await book.insert(fresh.map(({ body }) => toNewOrder(body)));
    // `delete` answers true once: a second message for the id stands on its own.
    const isNew = ({ body }: Place): boolean => inserted.delete(body.orderId);
    const known: Place[] = [];
    const placed = fresh.filter((message) => isNew(message) || !known.push(message));
    askForStock(tx, placed);
    return known.length > 0 ? this.settleKnown(tx, book, known) : [];
  }

  /** Messages for ids that were there: orders sent again, early cancellations, or a fault. */
  private async settleKnown(tx: Transaction, book: OrderBook, messages: readonly Place[]): Promise<MessageFailure[]> {
    const locked = await book.lock(messages.map(({ body }) => body.orderId));
    const digests = new Map([...locked].map(([id, { digest }]) => [id, digest]));
    const cancelledEarly: Place[] = [];
    const failures: MessageFailure[] = [];
    for (const message of messages) {
      const { orderId } = message.body;
      const digest = digestOf(message.body);
      const recorded = digests.get(orderId);
      if (recorded === undefined) {
        cancelledEarly.push(message);
        digests.set(orderId, digest);
      } else if (recorded !== digest) {
        if (isReusedKey(recorded, digest))
          this.logger.warn({ orderId }, 'an idempotency key came with another order; it is not placed');
        else failures.push({ messageId: message.id, error: idTaken(orderId) });
      }
    }
    await book.fillIn(cancelledEarly.map(({ body }) => toNewOrder(body)));
    tellCancelled(tx, cancelledEarly, locked);
    return failures;
  }
}

function toNewOrder(body: PlaceOrder): NewOrder {
  const { orderId: id, customerId, email, lines, acceptedAt } = body;
  return { id, customerId, email, lines, acceptedAt, digest: digestOf(body) };
}

function askForStock(tx: Transaction, placed: readonly Place[]): void {
  tx.send(
    INVENTORY_RESERVE_QUEUE,
    placed.map((message) => {
      const { orderId, lines } = message.body;
      return createCheckedMessage(reserveStock, { orderId, lines }, message);
    }),
  );
  if (tx.wants(ORDERS_EVENTS_TOPIC, orderAccepted.name)) tx.publish(ORDERS_EVENTS_TOPIC, placed.map(accepted));
}

/** Subscribers hear of the order as of any other; inventory, which has nothing to do for it, does not. */
function tellCancelled(tx: Transaction, messages: readonly Place[], orders: ReadonlyMap<string, LockedOrder>): void {
  const cancelledAt = new Date().toISOString();
  for (const message of messages) {
    const { orderId, customerId, email } = message.body;
    const reason = orders.get(orderId)?.cancellationReason;
    const event = createCheckedMessage(orderCancelled, { orderId, customerId, email, reason, cancelledAt }, message);
    tx.publish(ORDERS_EVENTS_TOPIC, [accepted(message), event]);
  }
}

function accepted(message: Place): Message {
  const { orderId, customerId, email, lines, acceptedAt } = message.body;
  return createCheckedMessage(orderAccepted, { orderId, customerId, email, lines, acceptedAt }, message);
}

function idTaken(orderId: string): PermanentError {
  return new PermanentError('ORDER.ID_TAKEN', `another order has the id ${orderId}`);
}
