import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LauncherError } from '../common/launcher-error.js';
import { builtFile } from '../data-directory/shop-paths.js';

const run = promisify(execFile);

/** Roles that work with the broker, besides its owner. */
export const BROKER_USERS = ['web', 'orders', 'inventory', 'notifier'] as const;

type Environment = Readonly<Record<string, string>>;

/**
 * Creates the broker's queues, topics and subscriptions, and the place where objects are kept. Safe to repeat.
 * @param backing variables of the broker, as its owner, and of the object store
 * @throws LauncherError `SHOP.MIGRATION_FAILED` with what was printed
 */
export function prepareBackingServices(backing: Environment): Promise<void> {
  const program = fileURLToPath(new URL('./prepare-backing-services.main.js', import.meta.url));
  return runToEnd('the backing services', program, { ...backing, BROKER_USERS: BROKER_USERS.join(',') });
}

/**
 * Runs a service's own migrations, with its own rights.
 * @throws LauncherError `SHOP.MIGRATION_FAILED` with what was printed
 */
export function migrateService(name: string, environment: Environment): Promise<void> {
  return runToEnd(name, builtFile('apps', name, 'migrate.js'), environment);
}

async function runToEnd(what: string, program: string, environment: Environment): Promise<void> {
  try {
    await run(process.execPath, [program], { env: environment });
  } catch (cause) {
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    throw new LauncherError('SHOP.MIGRATION_FAILED', `preparing ${what} failed:\n${stdout}${stderr}`, {
      cause,
    });
  }
}
