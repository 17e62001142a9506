const FAILURES_TO_OPEN = 3;
const OPEN_MS = 1_000;

/**
 * Keeps callers from waiting for a service that is dead: after three failures in a row, calls are refused for a second;
 * then one call is let through to try, and its outcome decides.
 */
export class CircuitBreaker {
  #failures = 0;
  #openUntilMs = 0;

  /** @param now monotonic clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Whether a call may be made. While the circuit is open, one caller a second gets `true`. */
  allows(): boolean {
    if (this.#failures < FAILURES_TO_OPEN) return true;
    if (this.now() < this.#openUntilMs) return false;
    this.#openUntilMs = this.now() + OPEN_MS;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** @returns true when this failure has opened the circuit */
  failed(): boolean {
    this.#failures += 1;
    this.#openUntilMs = this.now() + OPEN_MS;
    return this.#failures === FAILURES_TO_OPEN;
  }
}
