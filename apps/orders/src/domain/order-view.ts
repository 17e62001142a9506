import type { HistoryEntry, OrderLines } from './order.js';
import type { OrderState } from './order-state.js';

/** An order as other services see it. Who ordered is not in it. */
export interface OrderView {
  readonly id: string;
  readonly state: OrderState;
  /** Not of one that was cancelled before it came. */
  readonly acceptedAt?: string;
  readonly lines: OrderLines;
  /** Once prices are fixed; minor units. */
  readonly totalMinor?: number;
  readonly history: readonly HistoryEntry[];
}

/** Rises with each transition of the order: every one of them adds to its history. */
export function versionOf({ history }: OrderView): number {
  return history.length;
}
