const FIRST_DELAY_MS = 100;
export const LONGEST_DELAY_MS = 10_000;
/** A process that ran for so long is taken to be sound again. */
export const STABLE_AFTER_MS = 30_000;

/** Waiting times between restarts of one process: doubled with each crash, back to the first after a stable run. */
export class BackOff {
  #crashes = 0;

  constructor(private readonly longestDelayMs = LONGEST_DELAY_MS) {}

  /**
   * @param ranForMs how long the process ran before it ended
   * @returns how long to wait before it is started again, in milliseconds
   */
  nextDelayMs(ranForMs: number): number {
    if (ranForMs >= STABLE_AFTER_MS) this.#crashes = 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#crashes, this.longestDelayMs);
    this.#crashes++;
    return delayMs;
  }
}
