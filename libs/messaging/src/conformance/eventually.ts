import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits for a condition.
 * @param expectation what is awaited, for the error
 */
export async function eventually(
  condition: () => boolean | Promise<boolean>,
  expectation: string,
  withinMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`expected within ${withinMs} ms: ${expectation}`);
    await sleep(5);
  }
}
