import { DataSource, type DataSourceOptions } from 'typeorm';
import type { Migration } from './migration-state.js';

/** Any number will do, as long as nothing else in a service's database locks it. */
const MIGRATION_LOCK = 1_702_191_341;

/**
 * Brings a database to the newest of the given migrations, all of the missing ones in one transaction. Safe to repeat and
 * to run from several processes: an advisory lock lets one work while the others wait, and then find nothing to do. What one
 * that dies had done is undone, and the next one does it.
 * @param url of a role that may create tables
 */
export async function runMigrations(options: { url: string; migrations: readonly Migration[] }): Promise<void> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    migrations: [...options.migrations] as NonNullable<DataSourceOptions['migrations']>,
    migrationsTransactionMode: 'all',
    installExtensions: false,
    applicationName: 'looseleaf-migrate',
    poolSize: 2,
    connectTimeoutMS: 10_000,
    // When this process dies in the middle of a long statement, the server ends that, too, and others need not wait for it.
    extra: { options: '-c client_connection_check_interval=1s' },
  });
  await dataSource.initialize();
  try {
    const guard = dataSource.createQueryRunner();
    // A lock of the session: it goes away with the connection, whatever happens to this process.
    await guard.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await dataSource.runMigrations();
    await guard.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await guard.release();
  } finally {
    await dataSource.destroy();
  }
}
