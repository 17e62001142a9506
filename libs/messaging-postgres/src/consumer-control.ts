/** What the loops of one consumer share: whether to go on, and when. */
export class ConsumerControl {
  /** Take no more. */
  stopped = false;
  /** The time to finish is over: leave everything as it is. */
  abandoned = false;
  private pausedUntil = 0;
  private readonly sleepers = new Set<() => void>();

  stop(): void {
    this.stopped = true;
    this.wakeAll();
  }

  abandon(): void {
    this.abandoned = true;
    this.wakeAll();
  }

  /** No loop takes anything for this long. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, performance.now() + ms);
  }

  async whilePaused(): Promise<void> {
    for (let ms; !this.stopped && (ms = this.pausedUntil - performance.now()) > 0;) await this.sleep(ms);
  }

  /**
   * Sleeps until the time is over, the consumer stops, or `wakeOn` calls back.
   * @param wakeOn registers the callback, and returns how to cancel it
   */
  sleep(ms: number, wakeOn?: (wake: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const cancels: (() => void)[] = [];
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        for (const cancel of cancels) cancel();
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
      if (wakeOn) cancels.push(wakeOn(wake));
    });
  }

  private wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }
}
