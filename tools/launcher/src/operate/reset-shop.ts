import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { LauncherError } from '../common/launcher-error.js';
import { shopPaths } from '../data-directory/shop-paths.js';
import { stopShop } from './stop-shop.js';

/**
 * Stops the shop and deletes its data directory, after a confirmation.
 * @throws LauncherError `RESET.NOT_CONFIRMED`, `RESET.NO_SHOP` when the directory is not one of a shop
 */
export async function resetShop(options: { dataDir: string; yes?: boolean }): Promise<void> {
  const paths = shopPaths(options.dataDir);
  if (!existsSync(paths.root)) {
    console.log(`There is nothing in ${paths.root}.`);
    return;
  }
  if (!existsSync(paths.secrets)) {
    throw new LauncherError(
      'RESET.NO_SHOP',
      `${paths.root} is not the data directory of a shop, so it is left as it is`,
    );
  }
  if (!options.yes && !(await confirmed(paths.root))) {
    throw new LauncherError('RESET.NOT_CONFIRMED', 'nothing was deleted; answer "yes", or use --yes in a script');
  }
  await stopShop(paths.root);
  rmSync(paths.root, { recursive: true, force: true });
  console.log(`${paths.root} is deleted.`);
}

async function confirmed(directory: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(`Delete ${directory} with all orders and stock? (yes/no) `)).trim() === 'yes';
  } finally {
    terminal.close();
  }
}
