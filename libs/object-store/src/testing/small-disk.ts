import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of one mebibyte, to be filled and to be made read-only. */
export interface SmallDisk {
  readonly path: string;
  remount(mode: 'ro' | 'rw'): void;
  remove(): void;
}

/** Mounts one; says why not where that is not permitted: it takes root, or a user namespace around the tests. */
export function mountSmallDisk(): SmallDisk | string {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  try {
    run('mount', '-t', 'tmpfs', '-o', 'size=1m,mode=700', 'looseleaf-test', path);
  } catch (error) {
    rmSync(path, { recursive: true });
    return String(error).split('\n').slice(0, 2).join(' ');
  }
  return {
    path,
    remount: (mode) => run('mount', '-o', `remount,${mode}`, path),
    remove: () => {
      run('umount', '--lazy', path);
      rmSync(path, { recursive: true });
    },
  };
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
}
