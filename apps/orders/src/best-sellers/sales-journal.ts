import type { PricedLine } from '@looseleaf/contracts';
import { int4Array, textArray, uuidArray, type Transaction } from '@looseleaf/persistence';
import { hourOf } from './hours.js';

const TAKE_BACK = `
  INSERT INTO sales_journal (hour, skus, quantities)
  SELECT date_trunc('hour', confirmation.at, 'UTC'), array_agg(line ->> 'sku'), array_agg(-(line ->> 'quantity')::int4)
    FROM orders
   CROSS JOIN LATERAL (
           SELECT (entry ->> 'at')::timestamptz AS at FROM jsonb_array_elements(history) AS entry
            WHERE entry ->> 'state' = 'confirmed') AS confirmation
   CROSS JOIN LATERAL json_array_elements(lines) AS line
   WHERE id = ANY($1::uuid[])
   GROUP BY 1`;

/**
 * Appends to a statement's transaction what was sold: a common table expression that takes {@link soldColumns} as the
 * parameters from number `first` on. In the same statement as the change of the orders it costs no trip of its own.
 */
export function journalExpression(first: number): string {
  return `INSERT INTO sales_journal (hour, skus, quantities)
    VALUES ($${first}::timestamptz, $${first + 1}::text[], $${first + 2}::int4[])`;
}

/** @param lines of all orders that were confirmed at that time */
export function soldColumns(confirmedAt: string, lines: readonly PricedLine[]): [hour: string, Buffer, Buffer] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  const hour = new Date(hourOf(Date.parse(confirmedAt))).toISOString();
  return [hour, textArray([...quantities.keys()]), int4Array([...quantities.values()])];
}

/** Takes back what was sold by orders that are confirmed, and are about to be cancelled: in the hour in which it was sold. */
export async function takeBackSales(tx: Transaction, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length > 0) await tx.query(TAKE_BACK, [uuidArray(orderIds)]);
}
