import { describeUnits, isSameUnits } from '../units.js';
import type { OrderRecord, ReservationRecord } from './books.js';

/** An order and its reservation that do not fit each other. */
export interface ReservationFault {
  readonly orderId: string;
  readonly fault: string;
}

/**
 * A confirmed order holds exactly its units; a rejected or cancelled one holds nothing. An order that is not final may
 * hold its units or not yet.
 */
export function findReservationFaults(
  orders: readonly OrderRecord[],
  reservations: readonly ReservationRecord[],
): ReservationFault[] {
  const byOrder = new Map(reservations.map((reservation) => [reservation.orderId, reservation]));
  return orders.flatMap((order) => {
    const fault = describeFault(order, byOrder.get(order.id));
    return fault === undefined ? [] : [{ orderId: order.id, fault }];
  });
}

function describeFault(order: OrderRecord, reservation: ReservationRecord | undefined): string | undefined {
  const isHolding = reservation?.state === 'reserved';
  if (order.state === 'confirmed') {
    if (!isHolding) return `confirmed, and its reservation is ${reservation?.state ?? 'missing'}`;
    if (isSameUnits(order.units, reservation.units)) return undefined;
    return `confirmed with ${describeUnits(order.units)}, and ${describeUnits(reservation.units)} is reserved`;
  }
  const holdsNothing = order.state === 'rejected' || order.state === 'cancelled';
  return holdsNothing && isHolding ? `${order.state}, and its stock is still reserved` : undefined;
}
