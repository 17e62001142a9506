import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from './process-identity.js';

const SETTLE_MS = 100;
/** Of a file that a crash of the machine left without content. */
const NOBODY: ProcessIdentity = { pid: 0, startedAt: 'never' };

/** Gives the lock back. */
export type Release = () => void;

/**
 * Makes this process the holder of a lock, which is a file that names it. A process that died holds nothing.
 * @returns the process that has it, when another one does (or this one, already)
 */
export async function tryFileLock(file: string): Promise<Release | ProcessIdentity> {
  for (;;) {
    if (create(file)) return () => release(file);
    const holder = readHolder(file);
    if (!holder) continue; // given back a moment ago
    if (isRunning(holder)) return holder;
    rmSync(file, { force: true });
    // Two that find the same dead holder may each remove the other's new file: the one whose file stays has the lock.
    if (!create(file)) continue;
    await sleep(SETTLE_MS);
    if (readHolder(file)?.pid === process.pid) return () => release(file);
  }
}

/** The process that has the lock now. */
export function fileLockHolder(file: string): ProcessIdentity | undefined {
  const holder = readHolder(file);
  return holder && isRunning(holder) ? holder : undefined;
}

/**
 * Runs the work while no other process, and no other caller in this one, runs work under the same file.
 * @param onWait called once when another has the lock
 */
export async function withFileLock<T>(
  file: string,
  work: () => Promise<T>,
  onWait?: (holder: ProcessIdentity) => void,
): Promise<T> {
  let lock = await tryFileLock(file);
  if (typeof lock !== 'function') onWait?.(lock);
  while (typeof lock !== 'function') {
    await sleep(SETTLE_MS);
    lock = await tryFileLock(file);
  }
  try {
    return await work();
  } finally {
    lock();
  }
}

function release(file: string): void {
  if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
}

/** Dead or alive; `undefined` when there is no file. */
function readHolder(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessIdentity;
  } catch (error) {
    if (error instanceof SyntaxError) return NOBODY;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
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
