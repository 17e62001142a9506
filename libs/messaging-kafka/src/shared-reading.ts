/**
 * Reads for everybody who asks at the same time, one reading after the other: what is expensive does not pile up while its
 * source is slow. An answer is never older than its question: who comes while one is under way shares the next one.
 */
export class SharedReading<Result> {
  #running: Promise<Result> | undefined;
  #next: Promise<Result> | undefined;

  constructor(private readonly readOnce: () => Promise<Result>) {}

  /** @throws what the reading throws */
  read(): Promise<Result> {
    if (!this.#running) return this.#start();
    this.#next ??= this.#running.then(ignore, ignore).then(() => this.#start());
    return this.#next;
  }

  #start(): Promise<Result> {
    this.#next = undefined;
    const running = this.readOnce();
    const end = (): void => {
      if (this.#running === running) this.#running = undefined;
    };
    this.#running = running;
    running.then(end, end);
    return running;
  }
}

/** Whether it failed is told to those who shared it. */
function ignore(): void {}
