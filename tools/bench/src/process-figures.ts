import { readdir, readFile } from 'node:fs/promises';

/** USER_HZ, the unit of the CPU times in /proc: 100 on every Linux that Node runs on (man 5 proc, man 2 times). */
const TICKS_PER_SECOND = 100;

interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** CPU time of the process and of its children that have ended, in seconds. */
  readonly cpuSeconds: number;
}

/**
 * CPU seconds used so far by processes and all their descendants, ended ones included.
 * @throws Error on systems without /proc
 */
export async function cpuSecondsOf(rootPids: readonly number[]): Promise<number> {
  const tree = await processTree(rootPids);
  return tree.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}

/** Proportional set size of processes and all their descendants, in bytes: shared pages count once, split over their users. */
export async function pssBytesOf(rootPids: readonly number[]): Promise<number> {
  const tree = await processTree(rootPids);
  const sizes = await Promise.all(
    tree.map(async ({ pid }) => {
      const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
      return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Processes and all their descendants. @throws Error on systems without /proc */
export async function pidsBelow(rootPids: readonly number[]): Promise<number[]> {
  return (await processTree(rootPids)).map(({ pid }) => pid);
}

async function processTree(rootPids: readonly number[]): Promise<ProcessStat[]> {
  const entries = await readdir('/proc').catch(() => {
    throw new Error('this figure is read from /proc, which only Linux has');
  });
  const stats = (await Promise.all(entries.filter((name) => /^\d+$/.test(name)).map(readStat))).filter(
    (stat) => stat !== undefined,
  );
  const wanted = new Set(rootPids);
  for (let size = -1; size !== wanted.size;) {
    size = wanted.size;
    for (const { pid, parentPid } of stats) if (wanted.has(parentPid)) wanted.add(pid);
  }
  return stats.filter(({ pid }) => wanted.has(pid));
}

/** Fields 4 and 14–17 of /proc/<pid>/stat; the name in field 2 may hold spaces, so counting starts behind it. */
async function readStat(pid: string): Promise<ProcessStat | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined); // it ended meanwhile
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
  return { pid: Number(pid), parentPid: Number(fields[1]), cpuSeconds: ticks / TICKS_PER_SECOND };
}
