import { setTimeout as sleep } from 'node:timers/promises';
import { UnavailableError } from '../errors.js';
import type { Middleware } from './middleware.js';

export interface RetryOptions {
  /** Calls in all, the first included. Default 3. */
  readonly attempts?: number;
  /** Upper bound of the random pause before the second call, in milliseconds; doubles with each. Default 20. */
  readonly baseMs?: number;
}

/**
 * Calls again at once, in the same delivery, when the error says `retryable: true` (a deadlock, a serialization failure).
 * A dependency that is away is not retried here: it would only hold the batch.
 */
export function retry({ attempts = 3, baseMs = 20 }: RetryOptions = {}): Middleware {
  return async (batch, next) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next(batch);
      } catch (error) {
        if (attempt >= attempts || !isRetryable(error)) throw error;
        await sleep(Math.random() * baseMs * 2 ** (attempt - 1));
      }
    }
  };
}

function isRetryable(error: unknown): boolean {
  return (
    error instanceof Error && !(error instanceof UnavailableError) && 'retryable' in error && error.retryable === true
  );
}
