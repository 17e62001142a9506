import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';

const PATIENCE_MS = 60_000;

/**
 * Asks a launcher to end what it runs, and waits for its end.
 * @throws LauncherError `SHOP.DOES_NOT_STOP`
 */
export async function endLauncher(launcher: ProcessIdentity): Promise<void> {
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
}
