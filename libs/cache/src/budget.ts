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

  /**
   * Tells one of the two, once: the end of the call, or that it takes longer, and then its end is of no interest.
   * (Callbacks instead of a promise: this is on the way of every hit.)
   */
  run<Answer>(
    call: () => Promise<Answer>,
    onAnswer: (answer: Answer) => void,
    onError: (error: unknown) => void,
  ): void {
    const running: Running = { deadlineMs: performance.now() + this.budgetMs, giveUp: onError };
    this.#running.add(running);
    if (!this.#timer) this.#startTimer(this.budgetMs);
    attempt(call).then(
      (answer) => {
        if (this.#running.delete(running)) onAnswer(answer);
      },
      (error: unknown) => {
        if (this.#running.delete(running)) onError(error);
      },
    );
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

/** A call that throws before it returns a promise is one that rejects. */
function attempt<Answer>(call: () => Promise<Answer>): Promise<Answer> {
  try {
    return call();
  } catch (error) {
    return Promise.reject(error as Error);
  }
}
