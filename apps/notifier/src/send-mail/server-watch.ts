import type { PersistenceLogger } from '@looseleaf/persistence';
import { backOffMs } from '../deliver/back-off.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** How long the others wait while one mail finds out whether the server is back. */
const PROBE_MS = 1_000;

/**
 * Remembers whether the mail server is away, so that during an outage one mail tries now and then and all others wait,
 * instead of each finding out for itself.
 */
export class ServerWatch {
  private failures = 0;
  private awayUntilMs = 0;
  private answeredAtMs = -Infinity;

  constructor(private readonly logger: PersistenceLogger) {}

  /** How long to wait before a mail may be tried; 0 when it may be now. After an outage, that is for one caller only. */
  awayMs(nowMs = performance.now()): number {
    if (this.failures === 0) return 0;
    if (nowMs < this.awayUntilMs) return Math.ceil(this.awayUntilMs - nowMs);
    this.awayUntilMs = nowMs + PROBE_MS;
    return 0;
  }

  /** The server answered something. */
  answered(nowMs = performance.now()): void {
    this.answeredAtMs = nowMs;
    if (this.failures > 0) this.logger.info({ failures: this.failures }, 'the mail server answers again');
    this.failures = 0;
  }

  hasAnsweredSince(sinceMs: number): boolean {
    return this.answeredAtMs >= sinceMs;
  }

  /** It did not; how long to wait before the next try. */
  failed(reason: string, nowMs = performance.now()): number {
    if (this.failures === 0) this.logger.warn({ reason }, 'the mail server is away; mail waits');
    const pauseMs = backOffMs(this.failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
    this.failures += 1;
    this.awayUntilMs = nowMs + pauseMs;
    return pauseMs;
  }
}
