import { DataSource, type DataSourceOptions } from 'typeorm';
import type { PersistenceLogger } from './logger.js';

/*
 * A server that hangs must look like a server that is away, within seconds. The server's own timeouts end what is slow; this
 * side's is for a server that does not even do that (stopped, or cut off without a packet).
 */
const ANSWER_MS = 1_000;
/** Less than a statement may take, so that waiting for a lock and having too much to do are told apart. */
const LOCK_SHARE = 0.75;
/** A transaction whose process hangs gives its locks back after this time. */
const IDLE_IN_TRANSACTION_MS = 10_000;

/** Idle connections beyond this age are closed, so that a service that has nothing to do holds few server processes. */
const IDLE_CONNECTION_MS = 30_000;

/**
 * Services reach rows by index. A prepared statement keeps its plan, and one that was made while the tables were nearly
 * empty reads them from end to end, until the server has next analysed them: in a new shop, settling an order took ten
 * times the server's CPU for its first minute. So the plans that suit only small tables are ruled out.
 */
const PLANNER_SETTINGS = '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off';

export interface ConnectionOptions {
  readonly url: string;
  /** Entity classes; they are mapped to tables that migrations make. */
  readonly entities: readonly NewableFunction[];
  /** Most connections at the same time. */
  readonly poolSize: number;
  readonly timeouts: {
    readonly connectMs: number;
    /** After which the server ends a statement. */
    readonly statementMs: number;
  };
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly logger: PersistenceLogger;
}

/**
 * A connected data source, whose every call ends within seconds.
 * @throws whatever kept it from connecting; no connection is left then
 */
export async function openDataSource(options: ConnectionOptions): Promise<DataSource> {
  const dataSource = createDataSource(options);
  try {
    return await dataSource.initialize();
  } catch (error) {
    // It fails when there is no pool to close, which is how it usually is here.
    await dataSource.driver.disconnect().catch(() => undefined);
    throw error;
  }
}

function createDataSource(options: ConnectionOptions): DataSource {
  const { connectMs, statementMs } = options.timeouts;
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.entities] as NonNullable<DataSourceOptions['entities']>,
    synchronize: false,
    installExtensions: false,
    logging: false,
    applicationName: options.applicationName,
    poolSize: options.poolSize,
    connectTimeoutMS: connectMs,
    // An idle connection broke; the pool has dropped it and makes another one when it is needed.
    poolErrorHandler: (error: Error) =>
      options.logger.warn({ reason: error.message }, 'an idle database connection was lost'),
    extra: {
      keepAlive: true,
      options: PLANNER_SETTINGS,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      lock_timeout: Math.ceil(statementMs * LOCK_SHARE),
      statement_timeout: statementMs,
      query_timeout: statementMs + ANSWER_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    },
  });
}
