import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pssBytesOf } from '../process-figures.js';

const SAMPLE_MS = 200;

export interface PeakMemory {
  /** Largest proportional set size that was seen: pages shared with other processes count in part. */
  readonly pssBytes: number;
  /** VmHWM: the most that ever was resident since the process began, shared pages in full. */
  readonly residentBytes: number;
}

/** Watches the memory of a process until it is asked for the peak. */
export function watchMemory(pid: number): { peak(): Promise<PeakMemory> } {
  let pssBytes = 0;
  let watching = true;
  const watch = (async () => {
    while (watching) {
      pssBytes = Math.max(pssBytes, await pssBytesOf([pid]));
      await sleep(SAMPLE_MS);
    }
  })();
  return {
    peak: async () => {
      watching = false;
      await watch;
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return { pssBytes, residentBytes: Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) * 1024 };
    },
  };
}
