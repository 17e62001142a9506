import type { CircuitState } from './observer.js';

export interface BreakerOptions {
  readonly failuresToOpen: number;
  readonly openMs: number;
  /** Milliseconds, for tests; must not go back. */
  readonly now?: (() => number) | undefined;
}

/** When something that fails may be called: always; after failures in a row, once in a while, until a call succeeds. */
export class Breaker {
  #state: CircuitState = 'closed';
  #failures = 0;
  #openUntilMs = 0;
  readonly #now: () => number;

  constructor(
    private readonly options: BreakerOptions,
    private readonly onState: (state: CircuitState) => void,
  ) {
    this.#now = options.now ?? (() => performance.now());
  }

  /** One call tries whether it is back; the others do not wait for it. */
  mayTry(): boolean {
    if (this.#state === 'closed') return true;
    if (this.#state === 'half-open' || this.#now() < this.#openUntilMs) return false;
    this.#enter('half-open');
    return true;
  }

  succeeded(): void {
    // Calls from before it opened may still succeed: only the one that was let through to try says that it is back.
    if (this.#state === 'open') return;
    this.#failures = 0;
    this.#enter('closed');
  }

  failed(): void {
    this.#failures += 1;
    const { failuresToOpen, openMs } = this.options;
    if (this.#state === 'open' || (this.#state === 'closed' && this.#failures < failuresToOpen)) return;
    this.#openUntilMs = this.#now() + openMs;
    this.#enter('open');
  }

  #enter(state: CircuitState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.onState(state);
  }
}
