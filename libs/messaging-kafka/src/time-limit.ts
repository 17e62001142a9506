import { MessagingError, UnavailableError } from '@looseleaf/messaging';
import { backOffMs } from '@looseleaf/messaging/adapter';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLOSED, translateError } from './kafka-errors.js';

/** @throws UnavailableError `BROKER.TIMED_OUT` when the work takes longer; it goes on unseen */
export async function withTimeLimit<Result>(work: Promise<Result>, limitMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnavailableError('broker', { code: 'BROKER.TIMED_OUT' })), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Repeats what is safe to repeat until it succeeds, or its time is over: nodes come and go, leaders change.
 * @throws UnavailableError with the last failure as its cause; at once, any other MessagingError
 */
export async function untilAvailable<Result>(work: () => Promise<Result>, limitMs: number): Promise<Result> {
  const deadline = performance.now() + limitMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await withTimeLimit(work(), deadline - performance.now());
    } catch (error) {
      const pauseMs = backOffMs(attempt, 30, 500);
      if (isFinal(error) || performance.now() + pauseMs > deadline) throw translateError(error);
      await sleep(pauseMs);
    }
  }
}

function isFinal(error: unknown): boolean {
  return error instanceof MessagingError && (!(error instanceof UnavailableError) || error.code === CLOSED);
}
