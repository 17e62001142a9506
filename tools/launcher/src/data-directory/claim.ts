import { fileLockHolder, tryFileLock, type ProcessIdentity } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import type { ShopPaths } from './shop-paths.js';

/**
 * Makes this process the one launcher of the data directory; returns what gives it back.
 * @throws LauncherError `SHOP.ALREADY_RUNS`
 */
export async function claimDataDirectory(paths: ShopPaths): Promise<() => void> {
  const claim = await tryFileLock(paths.claim);
  if (typeof claim === 'function') return claim;
  throw new LauncherError(
    'SHOP.ALREADY_RUNS',
    `a shop already runs in ${paths.root} (process ${claim.pid}). Stop it with "npm run looseleaf -- stop", ` +
      'or start another one beside it: npm start -- --port 3001 --data-dir .looseleaf-2',
  );
}

/** The launcher that uses the directory now. */
export function runningLauncher(paths: ShopPaths): ProcessIdentity | undefined {
  return fileLockHolder(paths.claim);
}
