import { spawn } from 'node:child_process';
import { BootstrapError } from './bootstrap-error.mjs';

/**
 * Runs a command with one line of progress, and shows its output only when it fails.
 * @param {string} title what is being done, for the progress line
 * @param {string} advice what to do when it fails
 */
export async function runStep(title, advice, command, args, options) {
  const startedAt = Date.now();
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(0)} s`;
  // Standard error: what a command prints with --json must stay clean.
  const terminal = process.stderr;
  terminal.write(terminal.isTTY ? `${title} …` : `${title} …\n`);
  const ticker = terminal.isTTY ? setInterval(() => terminal.write(`\r${title} … ${elapsed()}`), 500) : undefined;
  const { code, output } = await run(command, args, options);
  clearInterval(ticker);
  terminal.write(`${terminal.isTTY ? '\r' : ''}${title} … ${code === 0 ? 'done' : 'failed'}, ${elapsed()}\n`);
  if (code !== 0) throw new BootstrapError(`${output.trim()}\n\n${title}: failed. ${advice}`);
}

function run(command, args, options) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ code: 1, output: error.message }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
