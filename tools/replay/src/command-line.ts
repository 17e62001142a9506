import path from 'node:path';
import { DEFAULT_DATA_DIRECTORY } from '@looseleaf/launcher';
import { CommanderError, InvalidArgumentError, Option, type Command } from 'commander';

/** Runs the command line; exit code 2 when the program cannot do what it is asked. */
export async function runProgram(program: Command): Promise<void> {
  try {
    await program.exitOverride().parseAsync();
  } catch (error) {
    // What commander refuses, it has explained already; help ends with 0.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else fail(error as Error & { code?: string });
  }
}

function fail({ code, message }: Error & { code?: string }): void {
  console.error(code === undefined ? message : `${code}: ${message}`);
  process.exitCode = 2;
}

export function dataDirOption(): Option {
  return new Option('--data-dir <directory>', 'of the shop')
    .default(DEFAULT_DATA_DIRECTORY, path.basename(DEFAULT_DATA_DIRECTORY))
    .argParser(fromCaller);
}

/** npm runs scripts in the repository's root and says in INIT_CWD where the user is. */
export function fromCaller(file: string): string {
  return path.resolve(process.env.INIT_CWD ?? process.cwd(), file);
}

/** `YYYY-MM-DD`. */
export function parseDay(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))) {
    throw new InvalidArgumentError('It must be a day like 2010-12-31.');
  }
  return text;
}

/** A whole number between two limits, both included. */
export function parseWhole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** A number above the limit. */
export function parseAbove(limit: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isFinite(value) && value > limit) return value;
    throw new InvalidArgumentError(`It must be a number above ${limit}.`);
  };
}
