import { isFinal } from '@looseleaf/replay';
import type { SentOrder } from '../run-k6/journal.js';
import type { RecordedOrder } from './recorded-order.js';

export interface AccountInput {
  /** By idempotency key, with the id from the 202. */
  readonly sent: ReadonlyMap<string, SentOrder>;
  /** Orders whose cancellation was answered with 202. */
  readonly cancelledIds: ReadonlySet<string>;
  /** All orders of the run's customer that the shop shows. */
  readonly recorded: readonly RecordedOrder[];
  /** Units of each item that are gone from the stock of the run; undefined where it has none of its own. */
  readonly takenBySku?: ReadonlyMap<string, number>;
}

/** What became of the orders of a run, by what the shop itself shows. */
export interface Account {
  readonly sent: number;
  readonly accepted: number;
  /** Answered so that they are not taken, by the problem's code. */
  readonly refused: Readonly<Record<string, number>>;
  /** Without an answer that settles it. */
  readonly unanswered: number;
  readonly confirmed: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly cancelled: number;
  /** Ids that were accepted and are not there. */
  readonly lost: readonly string[];
  /** Ids that nobody was given: the shop has an order twice. */
  readonly doubled: readonly string[];
  /** Ids that were accepted and are not final. */
  readonly unfinished: readonly string[];
  /** Orders that the shop has although it never said so. */
  readonly takenUnanswered: number;
  /** Items of which more or less is gone than was sold. */
  readonly stockFaults: readonly StockFault[];
  /** Whether the stock could be compared. */
  readonly isStockCompared: boolean;
  /** Nothing lost, doubled or unfinished, and the stock adds up. */
  readonly isClean: boolean;
}

export interface StockFault {
  readonly sku: string;
  readonly sold: number;
  readonly taken: number;
}

/** Compares what was sent with what the shop shows. */
export function drawUpAccount({ sent, cancelledIds, recorded, takenBySku }: AccountInput): Account {
  const orders = [...sent.values()];
  const acceptedIds = new Set(orders.flatMap(({ id }) => id ?? []));
  const found = new Map(recorded.map((order) => [order.id, order]));
  const present = [...acceptedIds].flatMap((id) => found.get(id) ?? []);
  const unknown = [...found.keys()].filter((id) => !acceptedIds.has(id));
  const unanswered = orders.filter(({ id, refusal }) => id === undefined && refusal === undefined).length;
  const faults = {
    lost: [...acceptedIds].filter((id) => !found.has(id)),
    // An order without an answer may be there, once. Which one it is cannot be told.
    doubled: unknown.slice(unanswered),
    unfinished: present.filter((order) => !isFinal(order, cancelledIds)).map(({ id }) => id),
    stockFaults: takenBySku ? findStockFaults(recorded, takenBySku) : [],
  };
  return {
    sent: orders.length,
    accepted: acceptedIds.size,
    refused: count(orders.flatMap(({ refusal }) => refusal ?? [])),
    unanswered,
    confirmed: present.filter(({ state }) => state === 'confirmed').length,
    rejected: count(present.filter(({ state }) => state === 'rejected').map(reasonOf)),
    cancelled: present.filter(({ state }) => state === 'cancelled').length,
    ...faults,
    takenUnanswered: Math.min(unknown.length, unanswered),
    isStockCompared: takenBySku !== undefined,
    isClean: Object.values(faults).every((list) => list.length === 0),
  };
}

function reasonOf({ history }: RecordedOrder): string {
  return history.at(-1)?.reason ?? 'WITHOUT_REASON';
}

function count(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}

/** What confirmed orders sold must be what is gone. */
function findStockFaults(
  recorded: readonly RecordedOrder[],
  takenBySku: ReadonlyMap<string, number>,
): readonly StockFault[] {
  const soldBySku = new Map<string, number>();
  for (const { lines } of recorded.filter(({ state }) => state === 'confirmed')) {
    for (const { sku, quantity } of lines) soldBySku.set(sku, (soldBySku.get(sku) ?? 0) + quantity);
  }
  return [...takenBySku].flatMap(([sku, taken]) => {
    const sold = soldBySku.get(sku) ?? 0;
    return sold === taken ? [] : [{ sku, sold, taken }];
  });
}
