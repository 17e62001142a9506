import { setTimeout as sleep } from 'node:timers/promises';
import type { HttpAnswer, HttpCall, HttpClient } from './http-client.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

/** The answer that counted, and how long that one call took. */
export interface TimedAnswer extends HttpAnswer {
  readonly latencyMs: number;
}

/** No lasting answer came in time. Whether the shop took the request is unknown. */
export interface GivenUp {
  readonly givenUp: string;
}

export function isGivenUp(answer: TimedAnswer | GivenUp): answer is GivenUp {
  return 'givenUp' in answer;
}

/**
 * Repeats a call until the shop gives a lasting answer: after "not now" (429), a server's fault (5xx) or a broken connection it
 * waits, longer each time, and asks again. The same call, so with the same idempotency key.
 */
export class PersistentCaller {
  /** Calls made again, by what made them necessary: a status or an error code. */
  readonly retries: Record<string, number> = {};

  constructor(
    private readonly client: HttpClient,
    private readonly giveUpAfterMs: number,
  ) {}

  async call(request: HttpCall): Promise<TimedAnswer | GivenUp> {
    const deadline = performance.now() + this.giveUpAfterMs;
    let pauseMs = FIRST_PAUSE_MS;
    for (;;) {
      const attempt = await this.attempt(request);
      if ('answer' in attempt) return attempt.answer;
      if (performance.now() >= deadline) return { givenUp: attempt.obstacle };
      this.retries[attempt.obstacle] = (this.retries[attempt.obstacle] ?? 0) + 1;
      // Up to half of it by chance, so that those who were refused together do not come back together.
      await sleep(Math.max(pauseMs * (0.5 + Math.random() / 2), attempt.retryAfterMs));
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  private async attempt(
    request: HttpCall,
  ): Promise<{ answer: TimedAnswer } | { obstacle: string; retryAfterMs: number }> {
    const startedAt = performance.now();
    try {
      const answer = await this.client.call(request);
      if (isLasting(answer)) return { answer: { ...answer, latencyMs: performance.now() - startedAt } };
      return { obstacle: String(answer.status), retryAfterMs: retryAfterMs(answer) };
    } catch (error) {
      return { obstacle: (error as NodeJS.ErrnoException).code ?? String(error), retryAfterMs: 0 };
    }
  }
}

/** After a fault of the server nobody knows whether it did the work; with the same key it is safe to ask again. */
function isLasting({ status }: HttpAnswer): boolean {
  return status < 500 && status !== 429;
}

function retryAfterMs({ headers }: HttpAnswer): number {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : 0;
}
