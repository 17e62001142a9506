import { setTimeout as sleep } from 'node:timers/promises';

/** Work that is under way, so that it can be waited for. It must not reject. */
export class Tasks {
  private readonly running = new Set<Promise<void>>();

  add(task: Promise<void>): void {
    this.running.add(task);
    void task.then(() => this.running.delete(task));
  }

  /** Resolves when all of it is done, or when the time is over. */
  async done(deadlineMs: number): Promise<void> {
    const finished = new AbortController();
    const over = sleep(deadlineMs, undefined, { signal: finished.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.running), over]);
    finished.abort();
  }
}
