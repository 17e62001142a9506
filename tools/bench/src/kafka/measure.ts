import type { Run } from './run.js';

/** Time of some work, and the CPU time that this process took for it. */
export async function measure(work: () => Promise<void>): Promise<Run> {
  const [cpu, startedAtMs] = [process.cpuUsage(), performance.now()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - startedAtMs) / 1000, cpuSeconds: (user + system) / 1e6 };
}

/** Hands over all batches, so many at a time. */
export async function sendAll<Batch>(
  batches: readonly Batch[],
  concurrency: number,
  send: (batch: Batch) => Promise<unknown>,
): Promise<void> {
  const rest = batches.values();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const batch of rest) await send(batch);
    }),
  );
}

/** Counts what came; `first` resolves with something, `all` with the last of so many. */
export function untilAll(count: number): { add(more: number): void; first: Promise<void>; all: Promise<void> } {
  let come = 0;
  const resolvers: (() => void)[] = [];
  const promise = (): Promise<void> => new Promise((resolve) => resolvers.push(resolve));
  const [first, all] = [promise(), promise()];
  const add = (more: number): void => {
    come += more;
    resolvers[0]!();
    if (come >= count) resolvers[1]!();
  };
  return { add, first, all };
}
