import { DataSource, type DataSourceOptions } from 'typeorm';
import type { PersistenceLogger } from './logger.js';

/*
 * A server that hangs must look like a server that is away, within seconds. The server's own timeouts end what is slow;
 * `queryMs` is this side's, for a server that does not even do that (stopped, or cut off without a packet).
 */
const TIMEOUTS = {
  connectMs: 3_000,
  lockMs: 3_000,
  statementMs: 4_000,
  queryMs: 5_000,
  /** A transaction whose process hangs gives its locks back after this time. */
  idleInTransactionMs: 10_000,
};

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
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.entities] as NonNullable<DataSourceOptions['entities']>,
    synchronize: false,
    installExtensions: false,
    logging: false,
    applicationName: options.applicationName,
    poolSize: options.poolSize,
    connectTimeoutMS: TIMEOUTS.connectMs,
    // An idle connection broke; the pool has dropped it and makes another one when it is needed.
    poolErrorHandler: (error: Error) =>
      options.logger.warn({ reason: error.message }, 'an idle database connection was lost'),
    extra: {
      keepAlive: true,
      options: PLANNER_SETTINGS,
      idleTimeoutMillis: IDLE_CONNECTION_MS,
      lock_timeout: TIMEOUTS.lockMs,
      statement_timeout: TIMEOUTS.statementMs,
      query_timeout: TIMEOUTS.queryMs,
      idle_in_transaction_session_timeout: TIMEOUTS.idleInTransactionMs,
    },
  });
}
