import { type Percentiles, percentiles } from '../percentiles.js';
import { describeUnits, isSameUnits, unitsBySku } from '../units.js';
import { isFinal, type Books, type OrderRecord, type SentOrder } from './books.js';
import { findReservationFaults, type ReservationFault } from './reservation-faults.js';
import { findStockFaults, type StockFault } from './stock-faults.js';

export interface AccountInput {
  readonly sent: readonly SentOrder[];
  /** Orders whose cancellation was answered with 202. */
  readonly cancelledIds?: ReadonlySet<string>;
}

/** What became of the orders that were sent, by the databases. All lists hold order ids. */
export interface Account {
  /** Orders answered with 202. */
  readonly accepted: number;
  readonly confirmed: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly cancelled: number;
  /** From acceptance to `confirmed` or `rejected`, in milliseconds. */
  readonly toFinalMs: Percentiles;
  /** When the last order reached its state; Unix time in ms, 0 without orders. */
  readonly lastChangeAtMs: number;
  /** Accepted, and in no final state. */
  readonly unfinished: readonly string[];
  /** Accepted, and not there. */
  readonly lost: readonly string[];
  /** Not accepted to the client's knowledge, with the content of an order that it sent: the shop has that order twice. */
  readonly doubled: readonly string[];
  /** Accepted, with another customer or other lines than were sent. */
  readonly altered: readonly string[];
  /** Cancelled with a 202, and confirmed all the same. */
  readonly notCancelled: readonly string[];
  /** Orders without a lasting answer that the shop turned out to have. */
  readonly takenUnanswered: number;
  /** Orders that somebody else placed meanwhile. */
  readonly ofOthers: number;
  readonly reservationFaults: readonly ReservationFault[];
  readonly stockFaults: readonly StockFault[];
  /** Stock files loaded meanwhile: then counts changed for a known reason, and `stockFaults` says nothing. */
  readonly stockFilesSince: number;
  /** Messages in the shop's queues and outboxes, those of other orders included. */
  readonly messagesLeft: number;
  readonly deadLetters: Books['deadLetters'];
  /** Nothing lost, doubled, altered or unfinished, no dead letters, and the stock adds up. */
  readonly isClean: boolean;
}

/** Compares what was sent with what the databases hold. Trusts no counter of the client or of a service. */
export function drawUpAccount({ sent, cancelledIds = new Set() }: AccountInput, books: Books): Account {
  const accepted = new Map(sent.flatMap((order) => (order.id === undefined ? [] : [[order.id, order] as const])));
  const found = new Map(books.orders.map((order) => [order.id, order]));
  const present = [...accepted.keys()].flatMap((id) => found.get(id) ?? []);
  const inState = (state: string): OrderRecord[] => present.filter((order) => order.state === state);
  const ids = (orders: OrderRecord[]): string[] => orders.map(({ id }) => id);
  const account = {
    accepted: accepted.size,
    confirmed: inState('confirmed').length,
    rejected: countReasons(inState('rejected')),
    cancelled: inState('cancelled').length,
    toFinalMs: percentiles([...inState('confirmed'), ...inState('rejected')].map(delayOf)),
    lastChangeAtMs: present.reduce((latest, { changedAtMs }) => Math.max(latest, changedAtMs), 0),
    unfinished: ids(present.filter((order) => !isFinal(order))),
    lost: [...accepted.keys()].filter((id) => !found.has(id)),
    altered: ids(present.filter((order) => !isAsSent(order, accepted.get(order.id)!))),
    notCancelled: ids(inState('confirmed').filter(({ id }) => cancelledIds.has(id))),
    ...explainOthers(
      sent,
      books.orders.filter(({ id }) => !accepted.has(id)),
    ),
    reservationFaults: findReservationFaults(present, books.reservations),
    stockFaults: findStockFaults(books),
    stockFilesSince: books.stockFilesSince,
    messagesLeft: books.messagesLeft,
    deadLetters: books.deadLetters,
  };
  return { ...account, isClean: isClean(account) };
}

function delayOf({ acceptedAtMs, changedAtMs }: OrderRecord): number {
  return changedAtMs - acceptedAtMs;
}

function isClean(account: Omit<Account, 'isClean'>): boolean {
  const { unfinished, lost, doubled, altered, notCancelled, reservationFaults, stockFaults, deadLetters } = account;
  const faults = [unfinished, lost, doubled, altered, notCancelled, reservationFaults, stockFaults, deadLetters];
  return faults.every((list) => list.length === 0);
}

function countReasons(rejected: readonly OrderRecord[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason = 'WITHOUT_REASON' } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/**
 * Tells orders apart that the client knows nothing of. An order without a lasting answer may be there once; every further
 * one with the content of a sent order is a double.
 */
function explainOthers(
  sent: readonly SentOrder[],
  unknown: readonly OrderRecord[],
): Pick<Account, 'doubled' | 'takenUnanswered' | 'ofOthers'> {
  const unanswered = new Map<string, number>();
  for (const order of unknown.length > 0 ? sent : []) {
    const content = contentOf(asRecord(order));
    unanswered.set(content, (unanswered.get(content) ?? 0) + (order.id === undefined ? 1 : 0));
  }
  const doubled: string[] = [];
  let takenUnanswered = 0;
  let ofOthers = 0;
  for (const order of unknown) {
    const content = contentOf(order);
    const expected = unanswered.get(content);
    if (expected === undefined) ofOthers += 1;
    else if (expected === 0) doubled.push(order.id);
    else {
      takenUnanswered += 1;
      unanswered.set(content, expected - 1);
    }
  }
  return { doubled, takenUnanswered, ofOthers };
}

function isAsSent(order: OrderRecord, sent: SentOrder): boolean {
  return order.customerId === sent.customerId && isSameUnits(order.units, unitsBySku(sent.lines));
}

type Content = Pick<OrderRecord, 'customerId' | 'units'>;

function contentOf({ customerId, units }: Content): string {
  return `${customerId ?? ''} ${describeUnits(units)}`;
}

function asRecord({ customerId, lines }: SentOrder): Content {
  return { units: unitsBySku(lines), ...(customerId !== undefined && { customerId }) };
}
