import { spawn } from 'node:child_process';
import type { Progress } from './program.js';

const LINES_IN_ERROR = 10;

export interface CommandOptions {
  readonly cwd?: string;
  /** Beside this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Told each line that the command prints. */
  readonly onProgress?: Progress;
}

/**
 * Runs a command to its end.
 * @throws Error with the end of what it printed, when it cannot be started or fails
 */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<void> {
  const { cwd, env, onProgress } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const last: string[] = [];
    let begun = '';
    const take = (chunk: string): void => {
      const lines = (begun + chunk).split('\n');
      begun = lines.pop() ?? '';
      for (const line of lines.map((each) => each.trim()).filter((each) => each !== '')) {
        onProgress?.(line);
        last.push(line);
        if (last.length > LINES_IN_ERROR) last.shift();
      }
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const fail = (how: string): void =>
      reject(new Error([`"${[command, ...args].join(' ')}" ${how}`, ...last].join('\n')));
    child.once('error', (error) => fail(`could not be started: ${error.message}`));
    child.once('close', (code, signal) => {
      take('\n');
      if (code === 0) resolve();
      else fail(`ended with ${signal ?? `exit code ${code}`}`);
    });
  });
}
