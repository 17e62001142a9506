import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnavailableError } from '@looseleaf/messaging';
import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { openDataSource } from './data-source.js';
import { DATABASE, isConnectionLost, translateDatabaseError } from './database-errors.js';
import { silentLogger, type PersistenceLogger } from './logger.js';
import { pendingMigrations, type Migration } from './migrations/migration-state.js';
import { RunningTransaction, type EventInterest, type Transaction } from './transaction.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly entities: readonly NewableFunction[];
  /** What the schema must have before this service works with it. They are applied by `runMigrations`, never here. */
  readonly migrations: readonly Migration[];
  /** Most connections at the same time. Default 8. */
  readonly poolSize?: number;
  readonly applicationName?: string;
  /** Which events transactions write to the outbox. Default all. */
  readonly wants?: EventInterest;
  readonly logger?: PersistenceLogger;
}

const everything: EventInterest = () => true;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * A service's own database.
 *
 * - **Availability**: it connects in the background and tries for ever; a database that goes away comes back without a
 *   restart. While it is away, too slow, or lacks migrations, every call throws {@link UnavailableError} within seconds.
 * - **Atomicity**: see {@link Transaction}.
 * - **Shutdown**: `close` closes the connections; calls that are under way fail.
 */
export class Database {
  private readonly logger: PersistenceLogger;
  private readonly closing = new AbortController();
  private readonly commitListeners = new Set<() => void>();
  private dataSource: DataSource | undefined;
  private connecting: Promise<void> | undefined;

  constructor(private readonly options: DatabaseOptions) {
    this.logger = options.logger ?? silentLogger;
  }

  /** Starts to connect, and returns at once. */
  start(): void {
    this.connecting ??= this.connect();
  }

  /**
   * Commits when `work` resolves, rolls back when it throws.
   * @throws UnavailableError the database is away; after a connection lost on commit, the work may have been committed
   * @throws TransactionConflictError a deadlock or serialization failure; making the same call again may succeed
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const [result, hasMessages] = await withConnection(this.connected(), async (runner, client) => {
      const transaction = await RunningTransaction.begin(runner, client, this.options.wants ?? everything);
      try {
        const result = await work(transaction);
        return [result, await transaction.commit()] as const;
      } catch (error) {
        if (!isConnectionLost(error)) await transaction.rollback();
        throw error;
      }
    });
    if (hasMessages) for (const listener of this.commitListeners) listener();
    return result;
  }

  /**
   * Reads without a transaction, on one connection.
   * @throws UnavailableError the database is away
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return withConnection(this.connected(), (runner) => work(runner.manager));
  }

  /** Resolves when the database answers; for readiness. */
  async ping(): Promise<void> {
    await this.read((manager) => manager.query('SELECT 1'));
  }

  /** Calls `listener` after each commit that left messages in the outbox; the function that is returned ends that. */
  onMessagesCommitted(listener: () => void): () => void {
    this.commitListeners.add(listener);
    return () => this.commitListeners.delete(listener);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.connecting;
    const dataSource = this.dataSource;
    this.dataSource = undefined;
    await dataSource?.destroy();
  }

  private connected(): DataSource {
    if (!this.dataSource) throw new UnavailableError(DATABASE);
    return this.dataSource;
  }

  private async connect(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted; attempt += 1) {
      try {
        this.dataSource = await this.open();
        this.logger.info({ attempts: attempt + 1 }, 'connected to the database');
        return;
      } catch (error) {
        if (attempt === 0) this.logger.warn({ reason: errorText(error) }, 'the database is not available; trying on');
        await this.pause(attempt);
      }
    }
  }

  private async open(): Promise<DataSource> {
    const { url, entities, migrations, poolSize = 8, applicationName = 'looseleaf' } = this.options;
    const dataSource = await openDataSource({ url, entities, poolSize, applicationName, logger: this.logger });
    try {
      const pending = await pendingMigrations(dataSource, migrations);
      if (pending.length > 0)
        throw new Error(`migrations are missing, run the service's migrate: ${pending.join(', ')}`);
      return dataSource;
    } catch (error) {
      await dataSource.destroy();
      throw error;
    }
  }

  /** Exponential with jitter, so that replicas do not come back all at once. */
  private async pause(attempt: number): Promise<void> {
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2);
    await sleep(pauseMs, undefined, { signal: this.closing.signal }).catch(() => undefined);
  }
}

/**
 * Lends a connection of the pool. Whatever keeps it from being made is not the caller's fault; one that got lost, has not
 * answered in time, or could not roll back is closed, because nobody knows what its server process still does.
 */
async function withConnection<T>(
  dataSource: DataSource,
  use: (runner: QueryRunner, client: PoolClient) => Promise<T>,
): Promise<T> {
  const runner = dataSource.createQueryRunner();
  try {
    const client = await connectOn(runner);
    try {
      return await use(runner, client);
    } catch (error) {
      if (isConnectionLost(error) || client.getTransactionStatus() !== 'I') void client.end();
      throw translateDatabaseError(error);
    }
  } finally {
    await runner.release();
  }
}

async function connectOn(runner: QueryRunner): Promise<PoolClient> {
  try {
    return (await runner.connect()) as PoolClient;
  } catch (cause) {
    throw new UnavailableError(DATABASE, { cause });
  }
}
