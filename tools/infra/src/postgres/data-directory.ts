import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { InfrastructureError } from '../errors.js';
import type { Privileges } from './privileges.js';

/** Where things are in the data directory of one server. */
export interface DataDirectory {
  readonly root: string;
  /** What PostgreSQL calls its data directory. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
  /** Names the process that started the server. */
  readonly ownerFile: string;
}

export function dataDirectoryAt(directory: string): DataDirectory {
  const root = path.resolve(directory);
  return {
    root,
    cluster: path.join(root, 'cluster'),
    passwordFile: path.join(root, 'superuser-password'),
    logFile: path.join(root, 'postgres.log'),
    ownerFile: path.join(root, 'owner.json'),
  };
}

/** Makes the directory itself, readable by its user only. */
export function createDataDirectory(directory: DataDirectory): void {
  mkdirSync(directory.root, { recursive: true, mode: 0o700 });
  chmodSync(directory.root, 0o700);
}

/**
 * Creates the cluster when there is none, with a generated superuser password, and returns the password.
 * @throws InfrastructureError `POSTGRES.INIT_FAILED`
 */
export function initialiseCluster(directory: DataDirectory, privileges: Privileges): string {
  if (privileges.owner) chownSync(directory.root, privileges.owner.uid, privileges.owner.gid);
  if (existsSync(directory.cluster)) return readFileSync(directory.passwordFile, 'utf8').trim();
  const password = randomBytes(24).toString('base64url');
  writeSecret(directory.passwordFile, password, privileges);
  // Made aside and renamed, so that an interrupted initdb is never mistaken for a cluster.
  const unfinished = `${directory.cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  const [command = '', ...args] = [...privileges.toolPrefix, privileges.binaries.initdb];
  const initdb = spawnSync(
    command,
    [
      ...args,
      `--pgdata=${unfinished}`,
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${directory.passwordFile}`,
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--data-checksums',
      '--no-instructions',
    ],
    { encoding: 'utf8', cwd: directory.root },
  );
  if (initdb.status !== 0) {
    throw new InfrastructureError('POSTGRES.INIT_FAILED', `initdb failed: ${initdb.error?.message ?? initdb.stderr}`);
  }
  renameSync(unfinished, directory.cluster);
  return password;
}

function writeSecret(file: string, secret: string, privileges: Privileges): void {
  rmSync(file, { force: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  if (privileges.owner) chownSync(file, privileges.owner.uid, privileges.owner.gid);
}
