import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '../data-directory/shop-paths.js';

export interface ProgramResult {
  readonly ok: boolean;
  readonly output: string;
}

/** The main file of a command that an installed package brings. */
export function installedProgram(packageName: string, command = packageName): string {
  const folder = path.join(REPOSITORY, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return path.join(folder, typeof bin === 'string' ? bin : bin[command]!);
}

export interface RunOptions {
  /** Whether its output goes to the terminal as well. */
  readonly show?: boolean;
  /** When its output says this, it is killed and has failed. */
  readonly killOn?: string;
  /** Besides this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a JavaScript program in the repository's root, on the Node that this process runs on. */
export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: REPOSITORY,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(process.stdout.isTTY && { FORCE_COLOR: '1' }), ...options.env },
    });
    const chunks: string[] = [];
    const take = (chunk: string): void => {
      chunks.push(chunk);
      if (options.show) process.stdout.write(chunk);
      if (options.killOn && chunk.includes(options.killOn)) child.kill('SIGKILL');
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (code) => resolve({ ok: code === 0, output: chunks.join('') }));
  });
}
