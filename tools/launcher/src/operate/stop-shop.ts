import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import { runningLauncher } from '../data-directory/claim.js';
import { shopPaths } from '../data-directory/shop-paths.js';

const PATIENCE_MS = 60_000;

/**
 * Asks the launcher of the data directory to end its shop, and waits for its end. Nothing runs: nothing happens.
 * @returns whether one ran
 * @throws LauncherError `SHOP.DOES_NOT_STOP`
 */
export async function stopShop(dataDirectory: string): Promise<boolean> {
  const paths = shopPaths(dataDirectory);
  const launcher = runningLauncher(paths);
  if (!launcher) return false;
  process.kill(launcher.pid, 'SIGTERM');
  const deadline = Date.now() + PATIENCE_MS;
  while (isRunning(launcher)) {
    if (Date.now() > deadline) {
      throw new LauncherError(
        'SHOP.DOES_NOT_STOP',
        `process ${launcher.pid} still runs after ${PATIENCE_MS / 1000} s: end it with kill -9`,
      );
    }
    await sleep(50);
  }
  return true;
}
