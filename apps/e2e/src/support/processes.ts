import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { identify, isRunning, type ProcessIdentity } from '@looseleaf/infra';
import type { RunningShop } from '@looseleaf/launcher';
import { until } from './until.js';

/** In /proc/net/tcp. */
const ESTABLISHED = '01';
/** Services get ten seconds to finish when they are stopped; a busy machine may take longer. */
const END_DEADLINE_MS = 60_000;

export type ServiceName = 'web' | 'orders' | 'inventory' | 'sessions' | 'notifier';

/** The process of a service's replica. @throws Error when it is between a crash and its restart */
export function serviceProcess(shop: RunningShop, name: ServiceName, replica = 1): ProcessIdentity {
  const service = shop.services.find((candidate) => candidate.name === name && candidate.replica === replica);
  if (!service?.process) throw new Error(`${name} ${replica} has no process`);
  return service.process;
}

/** The mail catcher. @throws Error when it is between a crash and its restart */
export function mailProcess({ mail }: RunningShop): ProcessIdentity {
  if (!mail.process) throw new Error('the mail catcher has no process');
  return mail.process;
}

/** The server's main process and, after it, all that it has forked; none while it is away. */
export function postgresProcesses(shop: RunningShop): ProcessIdentity[] {
  const { pid } = shop.postgres;
  return pid === 0 ? [] : [pid, ...childrenOf(pid)].flatMap((each) => identify(each) ?? []);
}

/** Every process of a shop: the launcher, the services, the mail catcher, the servers, PostgreSQL with its children. */
export function allProcesses(shop: RunningShop): ProcessIdentity[] {
  const services = [...shop.services, shop.mail, ...shop.servers].flatMap(({ process }) => process ?? []);
  return [...services, ...postgresProcesses(shop), ...[identify(shop.launcherPid) ?? []].flat()];
}

/** Sends a signal; a process that has ended meanwhile has no need of it. */
export function signal({ pid }: ProcessIdentity, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** SIGKILL, and waits for the end. */
export async function kill(...victims: ProcessIdentity[]): Promise<void> {
  for (const victim of victims) signal(victim, 'SIGKILL');
  await untilEnded(victims);
}

export async function untilEnded(processes: readonly ProcessIdentity[], deadlineMs = END_DEADLINE_MS): Promise<void> {
  const left = (): string => processes.filter(isRunning).map(describe).join(', ');
  await until('the processes have ended', () => !processes.some(isRunning), deadlineMs).catch(() => {
    throw new Error(`still running after ${deadlineMs} ms: ${left()}`);
  });
}

/** The ports of 127.0.0.1 to which a process is connected. */
export function remotePorts({ pid }: ProcessIdentity): number[] {
  const sockets = readdirSync(`/proc/${pid}/fd`).map((fd) => /^socket:\[(\d+)\]$/.exec(linkOf(pid, fd))?.[1]);
  return readProcess(pid, 'net/tcp')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === ESTABLISHED && sockets.includes(inode))
    .map(([, , remote = '']) => parseInt(remote.split(':')[1]!, 16));
}

function describe({ pid }: ProcessIdentity): string {
  return `${pid} (${readProcess(pid, 'cmdline').replaceAll('\0', ' ').trim()})`;
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      const stat = readProcess(pid, 'stat');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === parent;
    });
}

/** Empty when it is closed. */
function linkOf(pid: number, fd: string): string {
  return unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

/** Empty when the process has ended. */
function readProcess(pid: number, file: 'stat' | 'cmdline' | 'net/tcp'): string {
  return unlessGone(() => readFileSync(`/proc/${pid}/${file}`, 'utf8'));
}

function unlessGone(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
