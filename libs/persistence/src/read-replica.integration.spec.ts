import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  eventually,
  PRIMARY_SETTINGS,
  startTestPostgres,
  startTestReplica,
  type TestPostgres,
  type TestReplica,
} from '@looseleaf/infra';
import { Database } from './database.js';

/** Of the server that runs it. */
const WHERE = 'SELECT pg_is_in_recovery() AS "isReplica"';

describe('A database with a replica', () => {
  let primary: TestPostgres;
  let replica: TestReplica;
  let database: Database;
  const warnings: string[] = [];

  beforeAll(async () => {
    primary = await startTestPostgres(PRIMARY_SETTINGS);
    const url = await primary.createDatabase('service');
    replica = await startTestReplica(primary);
    const logger = {
      info: (): void => undefined,
      warn: (fields: object, text: string): void => void warnings.push(`${text}: ${JSON.stringify(fields)}`),
      error: (): void => undefined,
    };
    database = new Database({ url, replicaUrl: replica.url('service'), entities: [], migrations: [], logger });
    database.start();
    await eventually(() => database.ping());
    await database.read((manager) => manager.query('CREATE TABLE notes (words text)'));
  });
  afterAll(async () => {
    await database.close();
    await replica.remove();
    await primary.stop();
  });
  beforeEach(async () => {
    await eventually(() => expect(database.replicaFigures).toMatchObject({ up: 1 }));
    warnings.length = 0;
  });

  const isAtReplica = async (): Promise<boolean> => {
    const [row] = await database.readEventually((manager) => manager.query<{ isReplica: boolean }[]>(WHERE));
    return row!.isReplica;
  };
  const followsAgain = (): Promise<void> => eventually(async () => expect(await isAtReplica()).toBe(true));
  const notes = (read: 'read' | 'readEventually'): Promise<{ words: string }[]> =>
    database[read]((manager) => manager.query<{ words: string }[]>('SELECT words FROM notes'));

  it('reads there only what may be old, and never in a transaction', async () => {
    expect(await isAtReplica()).toBe(true);
    const [strong] = await database.read((manager) => manager.query<{ isReplica: boolean }[]>(WHERE));
    expect(strong).toEqual({ isReplica: false });
    const [inside] = await database.transaction((tx) => tx.query<{ isReplica: boolean }>(WHERE));
    expect(inside).toEqual({ isReplica: false });
  });

  it('sees there, soon, what was committed', async () => {
    await database.transaction((tx) => tx.query(`INSERT INTO notes VALUES ('kept')`));
    expect(await notes('read')).toEqual([{ words: 'kept' }]);
    await eventually(async () => expect(await notes('readEventually')).toEqual([{ words: 'kept' }]));
  });

  it('reads at the primary, and says so, while the replica is dead; and there again when it is back', async () => {
    const before = database.replicaFigures!;
    await replica.kill('SIGKILL');
    for (let read = 0; read < 5; read += 1) expect(await isAtReplica()).toBe(false);
    const { up, fallbacks, reads } = database.replicaFigures!;
    expect([up, fallbacks - before.fallbacks, reads]).toEqual([0, 5, before.reads]);
    expect(warnings.filter((warning) => warning.startsWith('the replica of the database is not used'))).toHaveLength(1);
    await replica.start();
    await followsAgain();
  });

  it('waits for a replica that hangs once, and not for long', async () => {
    const [row] = await database.readEventually((manager) =>
      manager.query<{ pids: number[] }[]>(
        `SELECT array_agg(pid) AS pids FROM pg_stat_activity WHERE datname = 'service'`,
      ),
    );
    await replica.kill('SIGSTOP');
    for (const pid of row!.pids) process.kill(pid, 'SIGSTOP');
    const startedAtMs = performance.now();
    expect(await isAtReplica()).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
    expect(database.replicaFigures).toMatchObject({ up: 0 });
    const againAtMs = performance.now();
    for (let read = 0; read < 20; read += 1) expect(await isAtReplica()).toBe(false);
    expect(performance.now() - againAtMs).toBeLessThan(4_000);
    for (const pid of row!.pids) process.kill(pid, 'SIGCONT');
    await replica.kill('SIGCONT');
    await followsAgain();
  });

  it('does not read at a replica that is cut off from the primary', async () => {
    const rules = join(dirname(primary.logFile), 'cluster', 'pg_hba.conf');
    writeFileSync(rules, readFileSync(rules, 'utf8').replaceAll(/^.*\breplication\b.*$/gm, ''));
    await database.read((manager) => manager.query('SELECT pg_reload_conf()'));
    await database.read((manager) => manager.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_replication'));
    await eventually(async () => expect(await isAtReplica()).toBe(false));
    expect(warnings.join('\n')).toContain('it is cut off from the primary');
  });
});
