import { runningLauncher } from '../data-directory/claim.js';
import { shopPaths } from '../data-directory/shop-paths.js';
import { endLauncher } from './end-launcher.js';

/**
 * Ends the shop of the data directory. Nothing runs: nothing happens.
 * @returns whether one ran
 * @throws LauncherError `SHOP.DOES_NOT_STOP`
 */
export async function stopShop(dataDirectory: string): Promise<boolean> {
  const launcher = runningLauncher(shopPaths(dataDirectory));
  if (launcher) await endLauncher(launcher);
  return launcher !== undefined;
}
