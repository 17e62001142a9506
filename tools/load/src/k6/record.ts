import type { Line } from './plan.js';

/**
 * What a customer in k6 tells the account, one JSON line each on k6's log.
 * - `sent`: an order is about to be sent under this key. Told before, so that an answer that never comes is missed.
 *   Without lines it is a cart, which cannot be sent again from outside its session.
 * - `accepted`: 202, after `ms`.
 * - `refused`: an answer by which the order is not taken, now or ever.
 * - `failed`: no answer, or one that leaves open what becomes of the order.
 * - `cancelled`: a cancellation was answered with 202.
 * - `file`: a stock file was answered with 202.
 */
export type LoadRecord =
  | readonly ['sent', key: string, lines?: readonly Line[]]
  | readonly ['accepted', key: string, id: string, ms: number]
  | readonly ['refused', key: string, reason: string]
  | readonly ['failed', key: string, reason: string]
  | readonly ['cancelled', id: string]
  | readonly ['file', id: string, rows: number];

/** Begins each record, to tell it from what else is logged. */
export const RECORD_MARK = 'looseleaf:';
