import { spawn } from 'node:child_process';
import { builtFile } from '../data-directory/shop-paths.js';

/** Runs another tool's program with these arguments, in a process of its own; its exit code becomes ours. */
export async function delegate(tool: string, program: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [builtFile('tools', tool, program), ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
