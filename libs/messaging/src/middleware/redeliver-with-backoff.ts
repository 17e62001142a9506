import { PermanentError } from '../errors.js';
import type { Middleware } from './middleware.js';

export interface BackoffOptions {
  /** Delay after the first failed delivery, in milliseconds; doubles with each. Default 200. */
  readonly baseMs?: number;
  /** Default 30 000. */
  readonly maxMs?: number;
}

/**
 * Gives each failed delivery its delay: exponential with full jitter (Brooker, "Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015), at least half of the step. A {@link PermanentError} is dead-lettered without another try.
 */
export function redeliverWithBackoff({ baseMs = 200, maxMs = 30_000 }: BackoffOptions = {}): Middleware {
  return async (batch, next) => {
    const settlements = await next(batch);
    return settlements.map((settlement, index) => {
      if (settlement.kind !== 'failed') return settlement;
      const stepMs = Math.min(maxMs, baseMs * 2 ** (batch[index]!.receiveCount - 1));
      return {
        delayMs: Math.round(stepMs * (0.5 + Math.random() / 2)),
        permanent: settlement.error instanceof PermanentError,
        ...settlement,
      };
    });
  };
}
