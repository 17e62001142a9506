import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '@looseleaf/infra';

/** Processes that lost their launcher end by themselves; this is how long they may take. */
const PATIENCE_MS = 5_000;

/**
 * Ends processes that outlived a launcher which was killed. Only those that are certainly the recorded ones are touched:
 * same id and same start time.
 * @param recorded what a state file says
 * @returns how many there were
 */
export async function endLeftovers(recorded: readonly { readonly process?: ProcessIdentity }[]): Promise<number> {
  const leftovers = recorded.flatMap(({ process: identity }) => identity ?? []).filter(isRunning);
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
