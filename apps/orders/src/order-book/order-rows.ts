import type { CancellationReason } from '@looseleaf/contracts';
import type { HistoryEntry, OrderLines } from '../domain/order.js';
import type { OrderState } from '../domain/order-state.js';
import type { OrderView } from '../domain/order-view.js';

/** What is known of an order whose row this transaction has locked. */
export interface LockedOrder {
  readonly id: string;
  readonly state: OrderState;
  readonly customerId?: string;
  readonly email?: string;
  /** `undefined`: it was cancelled before it came, and has not come yet. */
  readonly digest?: string;
  /** Why it was cancelled before it came, unless its customer asked for that. */
  readonly cancellationReason?: CancellationReason;
}

/** An order as it is shown. */
export interface ShownRow {
  readonly id: string;
  readonly state: OrderState;
  readonly accepted_at: Date;
  readonly lines: OrderLines;
  readonly total_minor: number | null;
  readonly history: HistoryEntry[];
}

export function toView({ id, state, accepted_at, lines, total_minor, history }: ShownRow): OrderView {
  return {
    id,
    state,
    acceptedAt: accepted_at.toISOString(),
    lines,
    ...(total_minor !== null && { totalMinor: total_minor }),
    history,
  };
}

/** An order that is locked. */
export interface LockedRow {
  readonly id: string;
  readonly state: OrderState;
  readonly customer_id: string | null;
  readonly email: string | null;
  readonly request_digest: string | null;
  readonly cancellation_reason: CancellationReason | null;
}

export function toLockedOrder(row: LockedRow): LockedOrder {
  const { id, state, customer_id, email, request_digest, cancellation_reason } = row;
  return {
    id,
    state,
    ...(customer_id !== null && { customerId: customer_id }),
    ...(email !== null && { email }),
    ...(request_digest !== null && { digest: request_digest }),
    ...(cancellation_reason !== null && { cancellationReason: cancellation_reason }),
  };
}
