import type { PostgresServer } from '@looseleaf/infra';
import pg from 'pg';
import { DATABASES } from '../data-directory/read-shop.js';
import { ROLES, type Secrets } from '../data-directory/secrets.js';
import { BROKER_USERS } from './migrate.js';

/**
 * Creates roles and databases where they are missing. Each database belongs to the role of its name; a role can connect to
 * its own database and to the broker's, and to no other. Safe to repeat.
 */
export async function provisionDatabases(server: PostgresServer, secrets: Secrets): Promise<void> {
  const client = new pg.Client({ connectionString: server.url() });
  await client.connect();
  try {
    for (const role of ROLES) await ensureRole(client, role, secrets.rolePasswords[role]);
    for (const database of DATABASES) await ensureDatabase(client, database);
    await client.query('revoke all on database postgres, template1 from public');
    await client.query(`grant connect on database broker to ${BROKER_USERS.join(', ')}`);
  } finally {
    await client.end();
  }
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  const action = rowCount === 0 ? 'create' : 'alter';
  await client.query(
    `${action} role ${role} login nosuperuser nocreatedb nocreaterole password ${client.escapeLiteral(password)}`,
  );
}

async function ensureDatabase(client: pg.Client, database: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [database]);
  // Copying files costs a quarter of writing each of their pages to the write-ahead log, which is the default.
  if (rowCount === 0) await client.query(`create database ${database} owner ${database} strategy file_copy`);
  await client.query(`revoke all on database ${database} from public`);
}
