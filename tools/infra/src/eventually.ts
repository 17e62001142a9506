import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;
const WITHIN_MS = 60_000;

/**
 * Waits for a condition, as tests do instead of sleeping: tries until `check` resolves.
 * @param withinMs when to stop trying
 * @param pauseMs between two tries; longer where a try is itself work, such as a process
 * @returns what `check` resolved with
 * @throws the last error of `check` when the time is over
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = WITHIN_MS, pauseMs = PAUSE_MS): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(pauseMs);
    }
  }
}
