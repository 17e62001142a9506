import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { InfrastructureError } from '../errors.js';
import { withFileLock } from '../file-lock.js';

/** A server's program that does not come with the project's packages. */
export interface Program {
  /** Of its folder in the cache and in messages, with the version: `kafka-4.3.1`. */
  readonly name: string;
  /** Looks where it may already be: on PATH, or in its folder of the cache. At once, without a network. */
  find(folder: string): string | undefined;
  /** Ways to get it, the best first. */
  readonly installers: readonly Installer[];
  /** What a person can do where no installer works. */
  readonly advice: string;
}

export interface Installer {
  /** As in "with Maven". */
  readonly name: string;
  /** What this machine lacks for it; nothing when it can be tried. */
  missing(): readonly string[];
  /** Puts the program where `find` sees it. */
  install(folder: string, onProgress: Progress): Promise<void>;
}

export type Progress = (text: string) => void;

/** Where programs are kept, outside the project: `LOOSELEAF_CACHE`, or `looseleaf` in the user's cache folder. */
export function programCache(): string {
  const { LOOSELEAF_CACHE: own, XDG_CACHE_HOME: cache } = process.env;
  return path.resolve(own ?? path.join(cache ?? path.join(homedir(), '.cache'), 'looseleaf'));
}

/**
 * Finds the program or installs it; one process at a time, so that tests may run side by side.
 * @returns what `find` says: the file to run, or the folder of its parts
 * @throws InfrastructureError `PROGRAM.UNAVAILABLE`, with what was missing or went wrong for each way, and what to do
 */
export async function obtain(program: Program, onProgress: Progress = () => undefined): Promise<string> {
  const folder = path.join(programCache(), program.name);
  const found = program.find(folder);
  if (found) return found;
  mkdirSync(folder, { recursive: true });
  const install = (): Promise<string> => installFirst(program, folder, onProgress);
  return withFileLock(`${folder}.lock`, install, ({ pid }) =>
    onProgress(`${program.name}: process ${pid} is installing it`),
  );
}

async function installFirst(program: Program, folder: string, onProgress: Progress): Promise<string> {
  const already = program.find(folder);
  if (already) return already;
  const faults: string[] = [];
  for (const installer of program.installers) {
    const missing = installer.missing();
    if (missing.length > 0) {
      faults.push(`with ${installer.name}: ${missing.join(' and ')} missing`);
      continue;
    }
    try {
      onProgress(`${program.name}: installing with ${installer.name}`);
      await installer.install(folder, (text) => onProgress(`${program.name}: ${text}`));
      const installed = program.find(folder);
      if (installed) return installed;
      faults.push(`with ${installer.name}: installed, but not found afterwards`);
    } catch (error) {
      faults.push(`with ${installer.name}: ${(error as Error).message}`);
    }
  }
  throw new InfrastructureError(
    'PROGRAM.UNAVAILABLE',
    `${program.name} could not be installed (${faults.join('; ') || 'no way is known for this machine'}). ${program.advice}`,
  );
}

/** The first executable of this name on PATH. */
export function onPath(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find(isExecutable);
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us
  }
}
