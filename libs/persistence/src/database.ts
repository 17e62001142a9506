import type { EntityManager } from 'typeorm';
import { ConnectionPool } from './connection-pool.js';
import { isConnectionLost } from './database-errors.js';
import { silentLogger, type PersistenceLogger } from './logger.js';
import { assertMigrated, type Migration } from './migrations/migration-state.js';
import { ReadReplica, type ReplicaFigures } from './read-replica.js';
import { RunningTransaction, type EventInterest, type Transaction } from './transaction.js';

export interface DatabaseOptions {
  /** `postgres://…`; with `sslmode=verify-full` (and `sslrootcert=<file>`) over TLS. */
  readonly url: string;
  /** A server that follows it, for {@link Database.readEventually}. Default none. */
  readonly replicaUrl?: string;
  readonly entities: readonly NewableFunction[];
  /** What the schema must have before this service works with it. They are applied by `runMigrations`, never here. */
  readonly migrations: readonly Migration[];
  /** Most connections at the same time, to each of the servers. Default 8. */
  readonly poolSize?: number;
  /** How long a statement may take before the server ends it. Default 4 s. */
  readonly statementTimeoutMs?: number;
  readonly applicationName?: string;
  /** Which events transactions write to the outbox. Default all. */
  readonly wants?: EventInterest;
  readonly logger?: PersistenceLogger;
}

const everything: EventInterest = () => true;
const DEFAULT_STATEMENT_TIMEOUT_MS = 4_000;
const CONNECT_TIMEOUT_MS = 3_000;

/**
 * A service's own database.
 *
 * - **Availability**: it connects in the background and tries for ever; a database that goes away comes back without a
 *   restart. While it is away, too slow, or lacks migrations, every call throws {@link UnavailableError} within seconds.
 * - **Atomicity**: see {@link Transaction}.
 * - **Reads**: `transaction` and `read` see all that was committed before; `readEventually` may be seconds behind.
 * - **Shutdown**: `close` closes the connections; calls that are under way fail.
 */
export class Database {
  private readonly primary: ConnectionPool;
  private readonly replica: ReadReplica | undefined;
  private readonly wants: EventInterest;
  private readonly commitListeners = new Set<() => void>();

  constructor({ url, replicaUrl, entities, migrations, logger = silentLogger, ...options }: DatabaseOptions) {
    const { poolSize = 8, applicationName = 'looseleaf', statementTimeoutMs = DEFAULT_STATEMENT_TIMEOUT_MS } = options;
    const common = { entities, poolSize, applicationName, logger };
    this.primary = new ConnectionPool({
      ...common,
      url,
      timeouts: { connectMs: CONNECT_TIMEOUT_MS, statementMs: statementTimeoutMs },
      server: 'database',
      check: (dataSource) => assertMigrated(dataSource, migrations),
    });
    this.replica = replicaUrl === undefined ? undefined : new ReadReplica({ ...common, url: replicaUrl });
    this.wants = options.wants ?? everything;
  }

  /** Starts to connect, and returns at once. */
  start(): void {
    this.primary.start();
    this.replica?.start();
  }

  /**
   * Commits when `work` resolves, rolls back when it throws.
   * @throws UnavailableError the database is away; after a connection lost on commit, the work may have been committed
   * @throws TransactionConflictError a deadlock or serialization failure; making the same call again may succeed
   */
  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const [result, hasMessages] = await this.primary.use(async (runner, client) => {
      const transaction = await RunningTransaction.begin(runner, client, this.wants);
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
    return this.primary.use((runner) => work(runner.manager));
  }

  /**
   * Reads what may be seconds old: at the replica, or at the primary where there is none or it is of no use just now.
   * @param work may be called a second time
   * @throws UnavailableError neither of them answers
   */
  async readEventually<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const atPrimary = (): Promise<T> => this.read(work);
    return this.replica ? this.replica.read(work, atPrimary) : atPrimary();
  }

  /** How the replica is doing; `undefined` where there is none. */
  get replicaFigures(): ReplicaFigures | undefined {
    return this.replica?.figures;
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
    await Promise.all([this.replica?.close(), this.primary.close()]);
  }
}
