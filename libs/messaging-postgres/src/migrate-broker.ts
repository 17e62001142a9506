import { MessagingConfigurationError } from '@looseleaf/messaging';
import pg from 'pg';
import { MIGRATIONS, SERVICE_FUNCTIONS } from './migrations.js';
import { LOCK } from './sql/pinned.js';

export interface MigrateBrokerOptions {
  /** Roles of the services that use the broker: they may call its functions, and touch none of its tables. */
  readonly roles?: readonly string[];
}

/**
 * Brings the broker's schema in a database up to date. Safe to repeat, and to run from several processes at once. The
 * role that runs it first owns the schema, and its functions run as that role: give it nothing but this database.
 * @throws MessagingConfigurationError when one of the roles does not exist
 */
export async function migrateBroker(url: string, options: MigrateBrokerOptions = {}): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'migrate-broker' });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1, 0)', [LOCK.migrate]);
    await applyMissing(client);
    await grant(client, options.roles ?? []);
    await client.query('COMMIT');
  } finally {
    // Without its COMMIT the server rolls back.
    await client.end();
  }
}

async function applyMissing(client: pg.Client): Promise<void> {
  await client.query('CREATE SCHEMA IF NOT EXISTS broker');
  await client.query(
    `CREATE TABLE IF NOT EXISTS broker.migration
       (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
  );
  const { rows } = await client.query<{ version: number }>('SELECT version FROM broker.migration');
  const applied = new Set(rows.map(({ version }) => version));
  for (const migration of MIGRATIONS) {
    if (applied.has(migration.version)) continue;
    await client.query(migration.sql);
    await client.query('INSERT INTO broker.migration (version, name) VALUES ($1, $2)', [
      migration.version,
      migration.name,
    ]);
  }
}

async function grant(client: pg.Client, roles: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT name FROM unnest($1::text[]) AS r (name) WHERE name NOT IN (SELECT rolname FROM pg_roles)',
    [roles],
  );
  if (rows.length > 0) {
    const missing = rows.map(({ name }) => name).join(', ');
    throw new MessagingConfigurationError(`the broker cannot be granted to roles that do not exist: ${missing}`);
  }
  await client.query('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA broker FROM PUBLIC');
  const functions = SERVICE_FUNCTIONS.map((name) => `broker.${name}`).join(', ');
  for (const role of roles.map((name) => client.escapeIdentifier(name))) {
    await client.query(`GRANT USAGE ON SCHEMA broker TO ${role}`);
    await client.query(`GRANT EXECUTE ON FUNCTION ${functions} TO ${role}`);
  }
}
