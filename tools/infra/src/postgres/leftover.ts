import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { InfrastructureError } from '../errors.js';
import { identify, isRunning, type ProcessIdentity } from '../process-identity.js';
import type { DataDirectory } from './data-directory.js';

interface Owner {
  readonly parent: ProcessIdentity;
  readonly server: ProcessIdentity;
}

/** Remembers who started the server, so that a later start can tell a leftover from one that is in use. */
export function recordOwner(directory: DataDirectory, serverPid: number): void {
  const owner = { parent: identify(process.pid), server: identify(serverPid) };
  writeFileSync(directory.ownerFile, JSON.stringify(owner), { mode: 0o600 });
}

/**
 * Ends a server that outlived the process that started it, and removes what it left. With `setpriv --pdeathsig` it is
 * already on its way out.
 * @throws InfrastructureError `POSTGRES.DIRECTORY_IN_USE` when the process that started it still runs
 */
export async function clearLeftover(directory: DataDirectory): Promise<void> {
  const owner = readOwner(directory);
  if (owner && isRunning(owner.server)) {
    if (owner.parent.pid !== process.pid && isRunning(owner.parent)) {
      throw new InfrastructureError(
        'POSTGRES.DIRECTORY_IN_USE',
        `${directory.root} is used by process ${owner.parent.pid}: stop it, or choose another data directory`,
      );
    }
    await endServer(owner.server);
  }
  // Its number may belong to some other process by now, and PostgreSQL would then refuse to start.
  rmSync(path.join(directory.cluster, 'postmaster.pid'), { force: true });
}

/** Fast shutdown; if that takes too long, immediate shutdown (crash recovery follows); at last SIGKILL. */
export async function endServer(server: ProcessIdentity): Promise<void> {
  for (const [signal, patienceMs] of [
    ['SIGINT', 10_000],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ] as const) {
    if (!isRunning(server)) return;
    process.kill(server.pid, signal);
    const deadline = Date.now() + patienceMs;
    while (isRunning(server) && Date.now() < deadline) await sleep(20);
  }
}

function readOwner(directory: DataDirectory): Owner | undefined {
  if (!existsSync(directory.ownerFile)) return undefined;
  try {
    return JSON.parse(readFileSync(directory.ownerFile, 'utf8')) as Owner;
  } catch {
    // Cut short by a crash while it was written: the server had just been started, and dies or is found by its port.
    return undefined;
  }
}
