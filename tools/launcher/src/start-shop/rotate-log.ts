import { existsSync, renameSync } from 'node:fs';

/** Keeps the log of the run before beside the new one, with the suffix `.1`. */
export function rotateLog(file: string): void {
  if (existsSync(file)) renameSync(file, `${file}.1`);
}
