import { renameSync, writeFileSync } from 'node:fs';

/** Replaces the file as a whole, readable by its user only: a reader sees the old content or the new one. */
export function replaceFile(file: string, content: string): void {
  const next = `${file}.${process.pid}.next`;
  writeFileSync(next, content, { mode: 0o600 });
  renameSync(next, file);
}
