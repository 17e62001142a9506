import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

/**
 * Waits for a condition, as tests do instead of sleeping: tries until `check` resolves.
 * @param withinMs when to stop trying
 * @returns what `check` resolved with
 * @throws the last error of `check` when the time is over
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 60_000): Promise<T> {
  const deadlineMs = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await sleep(PAUSE_MS);
    }
  }
}
