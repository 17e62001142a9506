import type { SkipReason } from './skipped.js';
import type { TradeRow } from './trade-row.js';

/** Limits of the public API (`POST /v1/orders`). */
export const MAX_LINES_PER_ORDER = 100;
export const MAX_QUANTITY_PER_LINE = 10_000;

/**
 * Goods have codes that begin with five digits, or with DCGS (goods of the wholesaler's sister shop). Everything else
 * (POST, DOT, M, D, S, C2, AMAZONFEE, BANK CHARGES, vouchers `gift_0001_30`, …) is not kept in a store.
 */
export function isGoods(sku: string): boolean {
  return /^(\d{5}|DCGS)/.test(sku);
}

/** Whether an invoice number is that of a cancellation: it begins with C. */
export function isCancellation(invoice: string): boolean {
  return invoice.startsWith('C');
}

/** Why a line of an ordinary invoice cannot be ordered; undefined when it can. */
export function orderLineFault(row: TradeRow): SkipReason | undefined {
  if (!isGoods(row.sku)) return 'NOT_GOODS';
  if (row.quantity < 0) return 'STOCK_ADJUSTMENT';
  if (row.unitPriceMinor === 0) return 'PRICE_ZERO';
  if (row.unitPriceMinor < 0) return 'PRICE_NEGATIVE';
  if (row.quantity > MAX_QUANTITY_PER_LINE) return 'QUANTITY_ABOVE_LIMIT';
  return undefined;
}
