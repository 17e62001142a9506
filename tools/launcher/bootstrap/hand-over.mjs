import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/**
 * Runs the program under that Node: in this process when it is the one we run on, else in a child, with its signals and
 * its exit code passed on.
 */
export async function handOver(node, program, args) {
  if (realpathSync(node) === realpathSync(process.execPath)) {
    process.argv = [process.argv[0], program, ...args];
    await import(pathToFileURL(program).href);
    return;
  }
  const child = spawn(node, [program, ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the child as well; it takes the same signal twice as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.exitCode = signal ? 1 : code;
      resolve();
    });
  });
}
