import { statSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

describe('PostgresServer', () => {
  it('lets nobody in without the password', async () => {
    const stranger = server.url('postgres', { name: 'postgres', password: 'guess' });
    await expect(query(stranger, 'select 1')).rejects.toThrow('password authentication failed');
  });

  it('keeps the password in a file that only its user can read', () => {
    const directory = path.dirname(server.logFile);
    expect(statSync(path.join(directory, 'superuser-password')).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it('keeps what was committed over a SIGKILL, and comes back on the same port while others still hold its memory', async () => {
    const url = await server.createDatabase('survivor');
    await query(url, 'create table note (words text)');
    await query(url, `insert into note values ('kept')`);
    const held = new pg.Client({ connectionString: url });
    held.on('error', () => undefined);
    await held.connect();
    await server.kill('SIGKILL');
    expect(server.pid).toBe(0);
    await server.start();
    expect(await query(url, 'select words from note')).toEqual([{ words: 'kept' }]);
    await held.end();
  });

  it('tells how each run ended', async () => {
    const first = server.ended;
    await server.restart();
    expect(await first).toBe('ended with exit code 0');
    await server.kill('SIGKILL');
    expect(await server.ended).toBe('ended with SIGKILL');
    await server.start();
  });
});
