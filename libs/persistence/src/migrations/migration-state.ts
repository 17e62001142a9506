import type { DataSource } from 'typeorm';

/** A TypeORM migration class; its `name` ends with the milliseconds by which migrations are ordered. */
export type Migration = NewableFunction & { readonly name: string };

const TABLE_EXISTS = "SELECT to_regclass('migrations') IS NOT NULL AS exists";

/** @throws Error naming the migrations that the database lacks */
export async function assertMigrated(dataSource: DataSource, migrations: readonly Migration[]): Promise<void> {
  const pending = await pendingMigrations(dataSource, migrations);
  if (pending.length > 0) throw new Error(`migrations are missing, run the service's migrate: ${pending.join(', ')}`);
}

async function pendingMigrations(dataSource: DataSource, migrations: readonly Migration[]): Promise<string[]> {
  if (migrations.length === 0) return [];
  const [table] = await dataSource.query<{ exists: boolean }[]>(TABLE_EXISTS);
  const rows = table?.exists ? await dataSource.query<{ name: string }[]>('SELECT name FROM migrations') : [];
  const applied = new Set(rows.map(({ name }) => name));
  return migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}
