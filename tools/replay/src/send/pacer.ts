import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Lets work start at a steady rate. The schedule does not wait for the shop: after a stall, what is overdue goes out at
 * once, as customers would come.
 */
export class Pacer {
  private dueAt = performance.now();

  /** @param perSecond units of work a second; undefined: as fast as it goes */
  constructor(private readonly perSecond: number | undefined) {}

  /** Resolves when it is the turn of the next units of work. */
  async turn(units: number): Promise<void> {
    if (this.perSecond === undefined) return;
    const waitMs = this.dueAt - performance.now();
    this.dueAt += (units / this.perSecond) * 1000;
    if (waitMs > 1) await sleep(waitMs);
  }
}
