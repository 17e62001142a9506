import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { eventually, startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import pg from 'pg';

/** Applies two migrations; the second one takes its time where it is told to. */
const MIGRATE = `
import { runMigrations } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href)};
const [url, pauseSeconds] = process.argv.slice(1);
class First1763700000001 {
  name = 'First1763700000001';
  up = (runner) => runner.query('CREATE TABLE first (id int)');
}
class Second1763700000002 {
  name = 'Second1763700000002';
  up = async (runner) => {
    await runner.query('CREATE TABLE second (id int)');
    await runner.query('SELECT pg_sleep($1)', [Number(pauseSeconds)]);
  };
}
process.on('disconnect', () => process.exit(1));
await runMigrations({ url, migrations: [First1763700000001, Second1763700000002] });
process.exit(0);
`;

describe('Migrations of several replicas that start at once', () => {
  let server: TestPostgres;
  let client: pg.Client;
  let url: string;

  beforeAll(async () => {
    server = await startTestPostgres();
    url = await server.createDatabase('service');
    client = new pg.Client({ connectionString: url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await server.stop();
  });

  const migrate = (pauseSeconds: number): ChildProcess =>
    spawn(process.execPath, ['--input-type=module', '--eval', MIGRATE, url, String(pauseSeconds)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  const tables = async (): Promise<string[]> => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    return rows.map(({ name }) => name);
  };
  const isInTheMiddle = async (): Promise<void> => {
    const { rows } = await client.query(
      `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`,
    );
    expect(rows).toHaveLength(1);
  };

  it('are applied once and whole, also when the one that applies them is killed in the middle', async () => {
    const first = migrate(600);
    await eventually(isInTheMiddle);
    const others = [migrate(0), migrate(0), migrate(0)];
    const exits = others.map((other) => once(other, 'exit'));
    const exit = once(first, 'exit');
    first.kill('SIGKILL');
    await exit;
    expect((await Promise.all(exits)).map(([code]) => code as number)).toEqual([0, 0, 0]);
    expect(await tables()).toEqual(['first', 'migrations', 'second']);
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY id');
    expect(rows.map(({ name }) => name)).toEqual(['First1763700000001', 'Second1763700000002']);
  });
});
