import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from '@looseleaf/infra';

const POLL_MS = 1_000;
/** npm, its shell, the bootstrap, this process. */
const LONGEST_CHAIN = 4;

/**
 * npm passes Ctrl-C and SIGTERM on, but not its own SIGKILL: a shop that npm started would then run on unseen. Calls back
 * when npm, or a process between npm and this one, is gone. A shop that was not started by npm is not watched, so that it
 * can be left running in the background.
 */
export function watchParent(onGone: () => void): void {
  if (process.env.npm_lifecycle_event === undefined || process.platform === 'win32') return;
  const watched = chainToNpm();
  const timer = setInterval(() => {
    if (watched.every(isRunning)) return;
    clearInterval(timer);
    onGone();
  }, POLL_MS);
  timer.unref();
}

/** From this process's parent up to npm; the parent alone when npm is not among its ancestors. */
function chainToNpm(): ProcessIdentity[] {
  const chain: ProcessIdentity[] = [];
  let pid = process.ppid;
  while (chain.length < LONGEST_CHAIN) {
    const identity = identify(pid);
    const ancestor = identity && describe(pid);
    if (!ancestor) break;
    chain.push(identity);
    if (/^npm( |$)|npm-cli\.js/.test(ancestor.command)) return chain;
    pid = ancestor.parent;
  }
  return chain.slice(0, 1);
}

function describe(pid: number): { parent: number; command: string } | undefined {
  try {
    if (process.platform === 'linux') {
      const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
      return { parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
    }
    const [, parent, command] = /^\s*(\d+)\s+(.*)$/.exec(
      execFileSync('ps', ['-o', 'ppid=,args=', '-p', String(pid)], { encoding: 'utf8' }),
    ) ?? [undefined, '0', ''];
    return { parent: Number(parent), command: command ?? '' };
  } catch {
    // It has just ended.
    return undefined;
  }
}
