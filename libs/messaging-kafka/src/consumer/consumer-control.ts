/** What the parts of one consumer share: whether to go on, and when. */
export class ConsumerControl {
  /** Take no more. */
  stopped = false;
  /** The time to finish is over: leave everything as it is. */
  abandoned = false;
  /** Nothing is being delivered any more: leave the group. */
  finished = false;
  /** The group changes: begin nothing. */
  isHeld = false;
  #pausedUntil = 0;
  readonly #sleepers = new Set<() => void>();
  readonly #idlers = new Set<() => void>();

  stop(): void {
    this.stopped = true;
    this.#callAll(this.#sleepers);
    this.wake();
  }

  abandon(): void {
    this.abandoned = true;
    this.finish();
  }

  finish(): void {
    this.finished = true;
    this.#callAll(this.#sleepers);
    this.wake();
  }

  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    this.wake();
  }

  /** No loop takes anything for this long. */
  pause(ms: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + ms);
  }

  async whilePaused(): Promise<void> {
    for (let ms; !this.stopped && (ms = this.#pausedUntil - performance.now()) > 0;) await this.sleep(ms);
  }

  /** There may be something to do. */
  wake(): void {
    this.#callAll(this.#idlers);
  }

  /** Sleeps until the time is over or the consumer stops. */
  sleep(ms: number): Promise<void> {
    return this.#wait(ms, this.#sleepers);
  }

  /** Sleeps until the time is over, or {@link wake}. */
  sleepUntilWoken(ms: number): Promise<void> {
    return this.#wait(ms, this.#idlers);
  }

  #wait(ms: number, waiting: Set<() => void>): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        waiting.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      waiting.add(end);
    });
  }

  #callAll(waiting: Set<() => void>): void {
    for (const end of [...waiting]) end();
  }
}
