import type { CircuitEvent } from '@looseleaf/cache';

/** The part of a pino logger that is used. */
export interface CircuitLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Two lines for each outage of a cache: when it does not answer any more, with the last error, and when it does again. */
export class CircuitLog {
  readonly #away = new Set<string>();
  readonly #lastErrors = new Map<string, unknown>();
  readonly #lastRefusals = new Map<string, string>();

  constructor(private readonly logger: CircuitLogger) {}

  /** The server refused what a connection needs, such as tracking; of servers that are away the circuit tells. Once for each reason. */
  takeConnectionError(cache: string, error: Error): void {
    if (error.name !== 'ReplyError' || this.#lastRefusals.get(cache) === error.message) return;
    this.#lastRefusals.set(cache, error.message);
    this.logger.warn({ cache, err: error }, 'the cache refuses a command');
  }

  take(event: CircuitEvent): void {
    const { cache } = event;
    if (event.kind === 'failed') this.#lastErrors.set(cache, event.error);
    if (event.kind !== 'state') return;
    // An open circuit tries again every second, and opens again.
    if (event.state === 'open' && !this.#away.has(cache)) {
      this.#away.add(cache);
      this.logger.warn({ cache, err: this.#lastErrors.get(cache) }, 'the cache does not answer; the store does');
    }
    if (event.state === 'closed' && this.#away.delete(cache)) {
      this.logger.info({ cache }, 'the cache answers again');
    }
  }
}
