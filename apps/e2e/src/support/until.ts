import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 25;

/**
 * Waits for a condition: asks again and again until the answer is not `undefined` or `false`, and returns it.
 * @param what for the error, as in "the shop is whole again"
 * @throws Error when it has not come true within the deadline
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs = 90_000,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await pause(POLL_MS);
  }
}
