import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Resident memory of a process; `undefined` when it is gone or the system does not tell (Windows). */
export function residentBytes(pid: number): number | undefined {
  try {
    if (process.platform === 'win32') return undefined;
    const kibibytes =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return kibibytes ? Number(kibibytes) * 1_024 : undefined;
  } catch {
    // It ended between two looks.
    return undefined;
  }
}
