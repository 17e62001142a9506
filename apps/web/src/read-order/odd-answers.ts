const SILENCE_MS = 10_000;

/**
 * Warns of answers that the owner of the data should never give (it refuses the key, it fails), which the reader of an
 * order does not see. Tells at most once in ten seconds, so that neither one outage nor many readers flood the log.
 */
export class OddAnswers {
  #quietUntilMs = -Infinity;
  #untold = 0;

  /**
   * @param warn writes to the log
   * @param now monotonic clock, in milliseconds
   */
  constructor(
    private readonly warn: (text: string) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @param what `it answered with status 401` */
  note(what: string): void {
    if (this.now() < this.#quietUntilMs) {
      this.#untold += 1;
      return;
    }
    this.warn(`orders are shown without what the order service knows: ${what}${this.#untoldText()}`);
    this.#quietUntilMs = this.now() + SILENCE_MS;
    this.#untold = 0;
  }

  #untoldText(): string {
    return this.#untold === 0 ? '' : ` (and ${this.#untold} more odd answers since the last warning)`;
  }
}
