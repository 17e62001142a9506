import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InfrastructureError } from '../errors.js';
import { binariesIn, type PostgresBinaries } from './binaries.js';

/** How the server's programs are to be run. */
export interface Privileges {
  readonly binaries: PostgresBinaries;
  /** Command and arguments to put before the server's, so that it dies with the process that started it. */
  readonly serverPrefix: readonly string[];
  /** The same for short-lived programs. */
  readonly toolPrefix: readonly string[];
  /** Who must own the data directory, when it is another user. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

/** Accounts that exist on most systems and own nothing of value; none is ever created. */
const SYSTEM_USERS = ['postgres', 'nobody'];

/**
 * PostgreSQL refuses to run as root. A user namespace in which nobody is mapped lets the server see itself as "nobody",
 * while the kernel still gives it root's files: no system user, no change of owner, and a clone below /root works.
 * Where user namespaces are forbidden (some containers), a system user runs it.
 * @throws InfrastructureError `POSTGRES.ROOT_REFUSED`, `POSTGRES.DIRECTORY_UNREACHABLE`
 */
export function choosePrivileges(binaries: PostgresBinaries, dataDirectory: string, ownParent?: string): Privileges {
  const diesWithParent =
    process.platform === 'linux' && succeeds('setpriv', '--version') ? ['setpriv', '--pdeathsig=INT'] : [];
  if (process.getuid?.() !== 0) return { binaries, serverPrefix: diesWithParent, toolPrefix: [] };
  if (succeeds('unshare', '--user', 'true')) {
    const inNamespace = ['unshare', '--user'];
    return { binaries, serverPrefix: [...diesWithParent, ...inNamespace], toolPrefix: inNamespace };
  }
  return asSystemUser(binaries, dataDirectory, ownParent);
}

/** The way for root without user namespaces. */
export function asSystemUser(binaries: PostgresBinaries, dataDirectory: string, ownParent?: string): Privileges {
  const owner = SYSTEM_USERS.map(lookUp).find((user) => user !== undefined);
  if (!owner || !succeeds('setpriv', '--version')) {
    throw new InfrastructureError(
      'POSTGRES.ROOT_REFUSED',
      'PostgreSQL does not run as root, and here root may not use "unshare --user" nor setpriv with a system user: run as another user',
    );
  }
  const toolPrefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  const canReach = (target: string): boolean => succeeds(...toolPrefix, 'test', '-x', target);
  // Its files stay closed, and its names cannot be listed.
  if (ownParent !== undefined) chmodSync(ownParent, 0o711);
  if (!canReach(path.dirname(dataDirectory))) {
    throw new InfrastructureError(
      'POSTGRES.DIRECTORY_UNREACHABLE',
      `user ${owner.name}, who runs PostgreSQL for root here, cannot reach ${dataDirectory}: choose a data directory outside root's home, for example below /var/tmp`,
    );
  }
  return {
    binaries: canReach(binaries.postgres) ? binaries : readableCopy(binaries),
    serverPrefix: [...toolPrefix, '--pdeathsig=INT'],
    toolPrefix,
    owner,
  };
}

function succeeds(...[command = '', ...args]: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

function lookUp(name: string): { name: string; uid: number; gid: number } | undefined {
  const ids = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (ids.some((id) => id.status !== 0)) return undefined;
  const [uid, gid] = ids.map((id) => Number(id.stdout));
  return { name, uid: uid!, gid: gid! };
}

/** A copy in the system's temporary folder. It belongs to root, so nobody else can change what root will run. */
function readableCopy(binaries: PostgresBinaries): PostgresBinaries {
  const parent = mkdtempSync(path.join(tmpdir(), 'looseleaf-postgres-'));
  const home = path.join(parent, 'native');
  cpSync(binaries.home, home, { recursive: true, verbatimSymlinks: true });
  spawnSync('chmod', ['-R', 'go+rX', parent], { stdio: 'inherit' });
  process.once('exit', () => rmSync(parent, { recursive: true, force: true }));
  return binariesIn(home);
}
