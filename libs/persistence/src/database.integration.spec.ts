import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, startAnswerProxy } from '@looseleaf/infra';
import { UnavailableError } from '@looseleaf/messaging';
import { TransactionConflictError } from './database-errors.js';
import { Database } from './database.js';
import { messagingMigration } from './migrations/messaging.migration.js';
import { runMigrations } from './migrations/run-migrations.js';
import { message, ready, TestDatabases } from './testing/test-database.js';
import { AbortedTransactionError, type Transaction } from './transaction.js';

const count = async (database: Database, table: string): Promise<number> => {
  const rows = await database.read((manager) =>
    manager.query<{ count: number }[]>(`SELECT count(*)::int FROM ${table}`),
  );
  return rows[0]!.count;
};

const swallowAnError = async (tx: Transaction): Promise<void> => {
  await tx.query('SELECT 1 / 0').catch(() => undefined);
};

/** Of `ReadyForQuery`, which ends each answer of the server with the state of the transaction. */
const READY_BYTES = 6;

describe('a database', () => {
  let databases: TestDatabases;
  let database: Database;
  let admin: Database;
  const onTestEnd: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    databases = await TestDatabases.start();
    database = await ready(databases.open());
    admin = new Database({ url: databases.server.url(), entities: [], migrations: [] });
    admin.start();
    await ready(admin);
    await database.read((manager) => manager.query('CREATE TABLE counters (id int PRIMARY KEY, value int NOT NULL)'));
    await database.read((manager) => manager.query('INSERT INTO counters VALUES (1, 0), (2, 0)'));
  });
  afterEach(() => Promise.all(onTestEnd.splice(0).map((end) => end())));
  afterAll(async () => {
    await admin.close();
    await databases.stop();
  });

  const asAdmin = (sql: string): Promise<unknown> => admin.read((manager) => manager.query(sql));
  const works = (): Promise<unknown> => database.transaction((tx) => tx.query('SELECT 1'));

  it('commits work and messages together', async () => {
    await database.transaction(async (tx) => {
      await tx.query('UPDATE counters SET value = value + 1 WHERE id = 1');
      tx.send('a', [message(), message()]);
      tx.publish('b', [message()]);
    });
    expect(await count(database, 'outbox')).toBe(1);
    await database.read((manager) => manager.query('DELETE FROM outbox'));
  });

  it('leaves events that nobody wants out of the outbox, and writes no row when nothing else is left', async () => {
    const asked: string[] = [];
    const wants = (topic: string, eventName: string): boolean => {
      asked.push(`${topic} ${eventName}`);
      return topic === 'wanted';
    };
    const choosy = await ready(databases.open({ wants }));
    let told = 0;
    choosy.onMessagesCommitted(() => (told += 1));
    await choosy.transaction((tx) => {
      expect([tx.wants('wanted', 'x'), tx.wants('unwanted', 'x')]).toEqual([true, false]);
      return Promise.resolve(tx.publish('unwanted', [message(), message()]));
    });
    expect([await count(database, 'outbox'), told]).toEqual([0, 0]);
    await choosy.transaction((tx) => {
      tx.publish('unwanted', [message()]);
      tx.publish('wanted', [message()]);
      return Promise.resolve(tx.send('unwanted', [message()]));
    });
    const [row] = await database.read((manager) => manager.query<{ batches: string }[]>('SELECT batches FROM outbox'));
    const batches = JSON.parse(row!.batches) as { kind: string; name: string }[];
    expect(batches.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['topic wanted', 'queue unwanted']);
    expect(told).toBe(1);
    expect(new Set(asked)).toEqual(
      new Set(['wanted x', 'unwanted x', 'unwanted test.happened', 'wanted test.happened']),
    );
    await database.read((manager) => manager.query('DELETE FROM outbox'));
  });

  it('leaves neither work nor messages when the work throws', async () => {
    const work = async (tx: Transaction): Promise<void> => {
      await tx.query('UPDATE counters SET value = 1000 WHERE id = 1');
      tx.send('a', [message()]);
      throw new RangeError('no');
    };
    await expect(database.transaction(work)).rejects.toThrow(RangeError);
    expect(await count(database, 'outbox')).toBe(0);
    expect(await count(database, 'counters WHERE value = 1000')).toBe(0);
  });

  it('does not take a swallowed statement error for success', async () => {
    await expect(database.transaction(swallowAnError)).rejects.toThrow(AbortedTransactionError);
    await works();
  });

  it('does not either when the state of the transaction comes later than the error', async () => {
    const proxy = await startAnswerProxy(databases.server.port, (client) => {
      let before = Promise.resolve();
      return (answer) => {
        before = before.then(async () => {
          client.write(answer.subarray(0, -READY_BYTES));
          await sleep(20);
          client.write(answer.subarray(-READY_BYTES));
        });
      };
    });
    onTestEnd.push(() => proxy.close());
    const url = new URL(databases.url);
    url.port = String(proxy.port);
    const far = await ready(databases.open({ url: url.href }));
    onTestEnd.push(() => far.close());
    await expect(far.transaction(swallowAnError)).rejects.toThrow(AbortedTransactionError);
  });

  it('calls a deadlock retryable', async () => {
    let arrived = 0;
    let release: (() => void) | undefined;
    const bothHold = new Promise<void>((resolve) => (release = resolve));
    const lock = (first: number, second: number): Promise<void> =>
      database.transaction(async (tx) => {
        await tx.query('UPDATE counters SET value = value + 1 WHERE id = $1', [first]);
        if (++arrived === 2) release!();
        await bothHold;
        await tx.query('UPDATE counters SET value = value + 1 WHERE id = $1', [second]);
      });
    const results = await Promise.allSettled([lock(1, 2), lock(2, 1)]);
    const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(TransactionConflictError);
    expect(errors[0]).toMatchObject({ retryable: true });
  });

  it('is unavailable while it refuses connections, also in the middle of a transaction, and then works again', async () => {
    let cut: Promise<unknown> | undefined;
    const work = async (tx: Transaction): Promise<void> => {
      await tx.query('UPDATE counters SET value = 2000 WHERE id = 1');
      cut = asAdmin('ALTER DATABASE service ALLOW_CONNECTIONS false').then(() =>
        asAdmin("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'service'"),
      );
      await cut;
      await tx.query('SELECT 1');
    };
    await expect(database.transaction(work)).rejects.toThrow(UnavailableError);
    await expect(works()).rejects.toThrow(UnavailableError);
    await expect(database.ping()).rejects.toThrow(UnavailableError);
    await asAdmin('ALTER DATABASE service ALLOW_CONNECTIONS true');
    await eventually(works);
    expect(await count(database, 'counters WHERE value = 2000')).toBe(0);
  });

  it('is unavailable to a role that may not connect', async () => {
    await asAdmin("CREATE ROLE clerk LOGIN PASSWORD 'clerk'");
    await asAdmin('REVOKE CONNECT ON DATABASE service FROM PUBLIC');
    const url = new URL(databases.url);
    url.username = url.password = 'clerk';
    const clerk = new Database({ url: url.href, entities: [], migrations: [] });
    clerk.start();
    onTestEnd.push(() => clerk.close());
    await expect(clerk.ping()).rejects.toThrow(UnavailableError);
    await asAdmin('GRANT CONNECT ON DATABASE service TO clerk');
    await ready(clerk);
  });

  it('survives a crash of the server', async () => {
    await databases.server.kill('SIGKILL');
    await expect(works()).rejects.toThrow(UnavailableError);
    await databases.server.start();
    await eventually(works);
  });

  it('turns a server that hangs into unavailable within seconds', async () => {
    // PostgreSQL runs a process for each connection; stopping the one that serves this transaction is a hung server.
    const work = async (tx: Transaction): Promise<void> => {
      const [row] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      process.kill(row!.pid, 'SIGSTOP');
      onTestEnd.push(async () => void process.kill(row!.pid, 'SIGCONT'));
      await tx.query('SELECT 2');
    };
    const startedAtMs = performance.now();
    await expect(database.transaction(work)).rejects.toThrow(UnavailableError);
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
    await works();
  });

  it('starts without its server or its migrations, and connects when both are there', async () => {
    const warnings: string[] = [];
    const logger = { info: () => {}, warn: (_: object, text: string) => void warnings.push(text), error: () => {} };
    const url = databases.server.url('late');
    const late = new Database({ url, entities: [], migrations: [messagingMigration], logger });
    late.start();
    onTestEnd.push(() => late.close());
    await expect(late.ping()).rejects.toThrow(UnavailableError);
    await databases.server.createDatabase('late');
    await expect(late.ping()).rejects.toThrow(UnavailableError);
    await Promise.all([1, 2, 3].map(() => runMigrations({ url, migrations: [messagingMigration] })));
    await ready(late);
    expect(warnings).toEqual(['the database is not available; trying on']);
  });
});
