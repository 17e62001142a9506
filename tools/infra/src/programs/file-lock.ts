import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '../process-identity.js';

const POLL_MS = 100;

/** Runs the work while no other process runs work under the same file. A process that died holds nothing. */
export async function withFileLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  while (!(await take(file))) await sleep(POLL_MS);
  const release = (): void => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/** Whether this process has the lock now. */
async function take(file: string): Promise<boolean> {
  if (create(file)) return true;
  const holder = holderOf(file);
  if (!holder || isRunning(holder)) return false;
  rmSync(file, { force: true });
  // Two that find the same dead holder may each remove the other's new file: the one whose file stays has the lock.
  if (!create(file)) return false;
  await sleep(POLL_MS);
  return holderOf(file)?.pid === process.pid;
}

function holderOf(file: string): ProcessIdentity | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity) : undefined;
}

/** The file appears with its content at once, or not at all when there is one. */
function create(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(identify(process.pid)), { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}
