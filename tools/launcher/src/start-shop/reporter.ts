/** Tells the user what the launcher does. */
export interface Reporter {
  /** Shows the step while it runs and how long it took. */
  step<T>(title: string, work: () => Promise<T>): Promise<T>;
  note(text: string): void;
}

/** Lines on standard output; on a terminal the running step counts its seconds. */
export class ConsoleReporter implements Reporter {
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    const elapsed = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
    const terminal = process.stdout.isTTY;
    const ticker = terminal ? setInterval(() => process.stdout.write(`\r  ${title} … ${elapsed()} `), 200) : undefined;
    try {
      const result = await work();
      process.stdout.write(`${terminal ? '\r' : ''}  ${title.padEnd(28)} ${elapsed()}\n`);
      return result;
    } catch (error) {
      process.stdout.write(`${terminal ? '\r' : ''}  ${title.padEnd(28)} failed after ${elapsed()}\n`);
      throw error;
    } finally {
      clearInterval(ticker);
    }
  }

  note(text: string): void {
    process.stdout.write(`${text}\n`);
  }
}
