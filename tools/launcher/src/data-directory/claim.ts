import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '@looseleaf/infra';
import { LauncherError } from '../common/launcher-error.js';
import type { ShopPaths } from './shop-paths.js';

const SETTLE_MS = 100;

/**
 * Makes this process the one launcher of the data directory; returns what gives it back.
 * @throws LauncherError `SHOP.ALREADY_RUNS`
 */
export async function claimDataDirectory(paths: ShopPaths): Promise<() => void> {
  const self = identify(process.pid)!;
  while (!create(paths.claim, self)) {
    const holder = readClaim(paths);
    if (holder && isRunning(holder)) {
      throw new LauncherError(
        'SHOP.ALREADY_RUNS',
        `a shop already runs in ${paths.root} (process ${holder.pid}). Stop it with "npm run looseleaf -- stop", ` +
          'or start another one beside it: npm start -- --port 3001 --data-dir .looseleaf-2',
      );
    }
    rmSync(paths.claim, { force: true });
    // Two that find the same dead holder may each remove the other's new claim: the one whose claim stays has it.
    if (create(paths.claim, self)) {
      await sleep(SETTLE_MS);
      if (readClaim(paths)?.pid === process.pid) break;
    }
  }
  return () => {
    if (readClaim(paths)?.pid === process.pid) rmSync(paths.claim, { force: true });
  };
}

/** The launcher that uses the directory now. */
export function runningLauncher(paths: ShopPaths): ProcessIdentity | undefined {
  const holder = readClaim(paths);
  return holder && isRunning(holder) ? holder : undefined;
}

function readClaim(paths: ShopPaths): ProcessIdentity | undefined {
  return existsSync(paths.claim) ? (JSON.parse(readFileSync(paths.claim, 'utf8')) as ProcessIdentity) : undefined;
}

/** The claim appears with its content at once, or not at all when there is one. */
function create(file: string, self: ProcessIdentity): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, JSON.stringify(self), { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}
