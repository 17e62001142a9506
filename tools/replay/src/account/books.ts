/** What a client sent, and what it was told. */
export interface SentOrder {
  /** From the 202; undefined when no lasting answer came, so that the shop may have the order or not. */
  readonly id?: string;
  readonly customerId?: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
}

/** An order, as the order service's database has it. */
export interface OrderRecord {
  readonly id: string;
  readonly state: string;
  readonly customerId?: string;
  /** Of a rejection. */
  readonly reason?: string;
  readonly units: ReadonlyMap<string, number>;
  /** Unix time in ms. */
  readonly acceptedAtMs: number;
  /** When the present state was reached; Unix time in ms. */
  readonly changedAtMs: number;
}

/** A reservation, as the inventory service's database has it. */
export interface ReservationRecord {
  readonly orderId: string;
  readonly state: string;
  /** Units by sku that were taken, over all stores. */
  readonly units: ReadonlyMap<string, number>;
}

/** Units of an item in a store: what can still be sold, and what standing reservations hold. */
export interface StockRecord {
  readonly sku: string;
  readonly store: string;
  readonly count: number;
  readonly reserved: number;
}

/** A message that was given up on, and why. */
export interface DeadLetterRecord {
  readonly queue: string;
  readonly message: string;
  readonly groupKey?: string;
  readonly error: string;
}

/** All that an account is drawn up from. */
export interface Books {
  readonly orders: readonly OrderRecord[];
  readonly reservations: readonly ReservationRecord[];
  readonly stockBefore: readonly StockRecord[];
  readonly stockNow: readonly StockRecord[];
  /** Stock files loaded since the ledger was opened; they change counts. */
  readonly stockFilesSince: number;
  /** Messages in all queues and outboxes. */
  readonly messagesLeft: number;
  readonly deadLetters: readonly DeadLetterRecord[];
}

/** States that an order stays in, unless it is cancelled. */
const FINAL_STATES: ReadonlySet<string> = new Set(['confirmed', 'rejected', 'cancelled']);

/**
 * Whether nothing more is to come of an order.
 * @param cancelledIds orders whose cancellation was accepted: it is to come, unless the order was rejected before
 */
export function isFinal(
  { id, state }: Pick<OrderRecord, 'id' | 'state'>,
  cancelledIds: ReadonlySet<string> = new Set(),
): boolean {
  return FINAL_STATES.has(state) && !(state === 'confirmed' && cancelledIds.has(id));
}
