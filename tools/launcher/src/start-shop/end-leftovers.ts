import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '@looseleaf/infra';
import type { ShopPaths } from '../data-directory/shop-paths.js';
import { readState } from '../data-directory/shop-state.js';

/** Services that lost their launcher drain by themselves; this is how long they may. */
const PATIENCE_MS = 5_000;

/**
 * Ends the processes of services, and the mail catcher, that outlived a launcher which was killed. Only processes that are certainly the recorded ones
 * are touched: same id and same start time.
 * @returns how many there were
 */
export async function endLeftovers(paths: ShopPaths): Promise<number> {
  const state = readState(paths);
  // A state of an older version knows no mail catcher.
  const recorded = [...(state?.services ?? []), state?.mail].flatMap((each) => each?.process ?? []);
  const leftovers = recorded.filter(isRunning);
  for (const { pid } of leftovers) signal(pid, 'SIGTERM');
  await untilEnded(leftovers, PATIENCE_MS);
  for (const identity of leftovers.filter(isRunning)) signal(identity.pid, 'SIGKILL');
  await untilEnded(leftovers, PATIENCE_MS);
  return leftovers.length;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // It ended a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function untilEnded(processes: readonly ProcessIdentity[], patienceMs: number): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (processes.some(isRunning) && Date.now() < deadline) await sleep(50);
}
