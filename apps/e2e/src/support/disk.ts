import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from './until.js';

const FILLER = 'filler';

/**
 * A data directory whose object store is on a file system of its own, of eight mebibytes, that can be filled and made
 * read-only. A folder without permissions would not do: root may write to it.
 */
export class ShopOnSmallDisk {
  readonly dataDirectory = mkdtempSync(path.join(tmpdir(), 'looseleaf-small-disk-'));
  readonly #objects = path.join(this.dataDirectory, 'objects');

  /** @throws Error where mounting is not permitted: it takes root, or a user namespace around the tests */
  constructor() {
    mkdirSync(this.#objects);
    try {
      run('mount', '-t', 'tmpfs', '-o', 'size=8m,mode=700', 'looseleaf-test', this.#objects);
    } catch (error) {
      rmSync(this.dataDirectory, { recursive: true });
      throw error;
    }
  }

  /** Refused by the system while a file is being written, so it is tried until none is. */
  async makeReadOnly(): Promise<void> {
    await until('nobody writes to the disk', () => {
      try {
        this.#remount('ro');
        return true;
      } catch (error) {
        if (String(error).includes('busy')) return false;
        throw error;
      }
    });
  }

  makeWritable(): void {
    this.#remount('rw');
  }

  /** Takes all that is free; what others give back later is free again. */
  fill(): void {
    const { blocks, bsize } = statfsSync(this.#objects);
    try {
      writeFileSync(path.join(this.#objects, FILLER), Buffer.alloc(blocks * bsize));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }

  makeRoom(): void {
    rmSync(path.join(this.#objects, FILLER));
  }

  remove(): void {
    run('umount', '--lazy', this.#objects);
    rmSync(this.dataDirectory, { recursive: true });
  }

  #remount(mode: 'ro' | 'rw'): void {
    run('mount', '-o', `remount,${mode}`, this.#objects);
  }
}

/** Why no such disk can be had here; `undefined` when it can. */
export function whyNoSmallDisk(): string | undefined {
  try {
    new ShopOnSmallDisk().remove();
    return undefined;
  } catch (error) {
    return String(error).split('\n').slice(0, 2).join(' ');
  }
}

function run(program: string, ...args: string[]): void {
  execFileSync(program, args, { stdio: 'pipe', encoding: 'utf8' });
}
