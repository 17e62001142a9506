import { UnavailableError } from '../errors.js';
import type { Middleware } from './middleware.js';

/**
 * A dependency that is away is not the messages' fault: the batch goes back without counting as an attempt, and the
 * consumer pauses, so that an outage of any length dead-letters nothing.
 * @param pauseMs how long the consumer waits before it takes messages again
 * @param onUnavailable told of the error each time
 */
export function releaseWhenUnavailable(pauseMs: number, onUnavailable: (error: UnavailableError) => void): Middleware {
  return async (batch, next) => {
    try {
      return await next(batch);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      onUnavailable(error);
      return batch.map(() => ({ kind: 'released', delayMs: pauseMs }));
    }
  };
}
