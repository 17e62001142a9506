import type { CancellationReason, OrderLine, PricedLine, RejectionReason } from '@looseleaf/contracts';
import type { OrderState } from './order-state.js';

/** When an order came into a state, and why, where that is not plain from the state. */
export interface HistoryEntry {
  readonly state: OrderState;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly reason?: RejectionReason | CancellationReason;
  /** The items to blame for a rejection. */
  readonly skus?: readonly string[];
}

/** Lines as they were ordered or, once stock is reserved, with the prices that were fixed then. */
export type OrderLines = readonly OrderLine[] | readonly PricedLine[];

/** In minor units of the shop's currency. */
export function totalMinorOf(lines: readonly PricedLine[]): number {
  return lines.reduce((sum, { quantity, unitPriceMinor }) => sum + quantity * unitPriceMinor, 0);
}
