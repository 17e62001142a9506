interface Running {
  readonly deadlineMs: number;
  readonly giveUp: (error: Error) => void;
}

/**
 * Gives up on calls that take longer than a budget. One timer serves all of them: a call to a cache in memory takes a
 * microsecond, and a timer of its own would cost several.
 */
export class Budget {
  /** The oldest first: all have the same budget. */
  readonly #running = new Set<Running>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly budgetMs: number) {}

  /** @throws what the call throws, or an Error when it takes longer; its end is then of no interest */
  within<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const running: Running = { deadlineMs: performance.now() + this.budgetMs, giveUp: reject };
      this.#running.add(running);
      if (!this.#timer) this.#startTimer(this.budgetMs);
      const end = (): void => void this.#running.delete(running);
      call().then(
        (answer) => {
          end();
          resolve(answer);
        },
        (error: Error) => {
          end();
          reject(error);
        },
      );
    });
  }

  #startTimer(ms: number): void {
    // It outlives the calls that it is for, and must not keep a process from ending.
    this.#timer = setTimeout(() => this.#giveUpLate(), ms).unref();
  }

  #giveUpLate(): void {
    this.#timer = undefined;
    for (const running of this.#running) {
      const leftMs = running.deadlineMs - performance.now();
      if (leftMs > 0) {
        this.#startTimer(leftMs);
        return;
      }
      this.#running.delete(running);
      running.giveUp(new Error(`the cache did not answer within ${this.budgetMs} ms`));
    }
  }
}
