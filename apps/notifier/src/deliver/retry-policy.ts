import { backOffMs } from './back-off.js';
import type { Settlement } from './delivery-store.js';
import type { Delivery, Outcome } from './delivery.js';

/** When an attempt that failed is made again. */
export interface RetryPolicy {
  /** Failed attempts after which a delivery is dead-lettered. */
  readonly maxAttempts: number;
  /** Delay after the first one; it doubles with each. */
  readonly baseMs: number;
  /** Longest delay, also of those that a subscriber asks for. */
  readonly maxMs: number;
}

/**
 * What becomes of a delivery after an attempt. The delay is not shorter than what the subscriber asked for.
 * @param random in [0, 1)
 */
export function settlementOf(
  outcome: Outcome,
  { attempts }: Pick<Delivery, 'attempts'>,
  { maxAttempts, baseMs, maxMs }: RetryPolicy,
  random = Math.random(),
): Settlement {
  if (outcome.kind === 'delivered') return { kind: 'delivered' };
  if (outcome.kind === 'released') return { kind: 'released', delayMs: outcome.delayMs };
  const { error, permanent = false, retryAfterMs = 0 } = outcome;
  if (permanent || attempts + 1 >= maxAttempts) return { kind: 'dead-lettered', error };
  const delayMs = Math.max(backOffMs(attempts, baseMs, maxMs, random), Math.min(maxMs, retryAfterMs));
  return { kind: 'retried', error, delayMs };
}
