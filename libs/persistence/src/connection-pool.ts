import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnavailableError } from '@looseleaf/messaging';
import type { PoolClient } from 'pg';
import type { DataSource, QueryRunner } from 'typeorm';
import { openDataSource, type ConnectionOptions } from './data-source.js';
import { DATABASE, isConnectionLost, translateDatabaseError } from './database-errors.js';

export interface ConnectionPoolOptions extends ConnectionOptions {
  /** In log lines: `database`. */
  readonly server: string;
  /** Rejects when the server cannot be worked with yet. */
  check(dataSource: DataSource): Promise<void>;
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/** Connections to one server: made in the background, for ever, and lent to one piece of work at a time. */
export class ConnectionPool {
  private readonly closing = new AbortController();
  private dataSource: DataSource | undefined;
  private connecting: Promise<void> | undefined;

  constructor(private readonly options: ConnectionPoolOptions) {}

  /** Starts to connect, and returns at once. */
  start(): void {
    this.connecting ??= this.connect();
  }

  /**
   * Lends a connection of the pool. Whatever keeps it from being made is not the caller's fault; one that got lost, has not
   * answered in time, or could not roll back is closed, because nobody knows what its server process still does.
   * @throws UnavailableError, TransactionConflictError; any other error of `work`
   */
  async use<T>(work: (runner: QueryRunner, client: PoolClient) => Promise<T>): Promise<T> {
    if (!this.dataSource) throw new UnavailableError(DATABASE);
    const runner = this.dataSource.createQueryRunner();
    try {
      const client = await connectOn(runner);
      try {
        return await work(runner, client);
      } catch (error) {
        if (isConnectionLost(error) || client.getTransactionStatus() !== 'I') void client.end();
        throw translateDatabaseError(error);
      }
    } finally {
      await runner.release();
    }
  }

  /** Closes the connections; calls that are under way fail. */
  async close(): Promise<void> {
    this.closing.abort();
    await this.connecting;
    const dataSource = this.dataSource;
    this.dataSource = undefined;
    await dataSource?.destroy();
  }

  private async connect(): Promise<void> {
    const { logger, server } = this.options;
    for (let attempt = 0; !this.closing.signal.aborted; attempt += 1) {
      try {
        this.dataSource = await this.open();
        logger.info({ attempts: attempt + 1 }, `connected to the ${server}`);
        return;
      } catch (error) {
        if (attempt === 0) logger.warn({ reason: errorText(error) }, `the ${server} is not available; trying on`);
        await this.pause(attempt);
      }
    }
  }

  private async open(): Promise<DataSource> {
    const dataSource = await openDataSource(this.options);
    try {
      await this.options.check(dataSource);
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

async function connectOn(runner: QueryRunner): Promise<PoolClient> {
  try {
    return (await runner.connect()) as PoolClient;
  } catch (cause) {
    throw new UnavailableError(DATABASE, { cause });
  }
}
