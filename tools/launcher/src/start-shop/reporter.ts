/** Tells the user what the launcher does. */
export interface Reporter {
  /** Shows the step while it runs and how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}

/** Lines on standard output, or another stream; on a terminal the running step counts its seconds. */
export class ConsoleReporter implements Reporter {
  constructor(private readonly stream: NodeJS.WriteStream = process.stdout) {}

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const elapsed = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    const terminal = this.stream.isTTY;
    const ticker = terminal ? setInterval(() => this.stream.write(`\r  ${title} … ${elapsed()} `), 200) : undefined;
    try {
      const result = await work();
      this.stream.write(`${terminal ? '\r' : ''}  ${title.padEnd(28)} ${elapsed()}\n`);
      return result;
    } catch (error) {
      this.stream.write(`${terminal ? '\r' : ''}  ${title.padEnd(28)} failed after ${elapsed()}\n`);
      throw error;
    } finally {
      clearInterval(ticker);
    }
  }

  note(text: string): void {
    this.stream.write(`${text}\n`);
  }
}
