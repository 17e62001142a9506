import { UnavailableError } from '@looseleaf/messaging';
import pg from 'pg';
import { translateError } from './unavailability.js';

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  /** After this a server that does not answer counts as away. */
  readonly timeoutMs: number;
}

/** A statement that each connection prepares once. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

const IDLE_MS = 60_000;
const MAX_CONNECTIONS = 10;

/** The client configuration that all connections of a broker share. */
export function clientConfig({ url, applicationName, timeoutMs }: ConnectionOptions): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

/** A few connections, opened when needed. Every failure to reach the server, or to get an answer in time, is an UnavailableError. */
export class Connections {
  private pool: pg.Pool;

  constructor(private readonly options: ConnectionOptions) {
    this.pool = this.open();
  }

  /**
   * Runs one statement, which is a transaction of its own.
   * @throws UnavailableError, MessagingConfigurationError, or the database's error when the parameters are to blame
   */
  async query<Row extends unknown[]>(statement: Statement, values: unknown[]): Promise<Row[]> {
    const { pool } = this;
    const client = await connect(pool);
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new Error(`no answer within ${this.options.timeoutMs} ms`)),
        this.options.timeoutMs,
      );
    });
    try {
      const answer = client.query<Row>({ ...statement, values, rowMode: 'array' });
      const { rows } = await Promise.race([answer, silence]);
      client.release();
      return rows;
    } catch (error) {
      const answered = error instanceof pg.DatabaseError;
      client.release(!answered);
      if (!answered) this.distrustIdle(pool);
      throw translateError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes what is open; a server that does not answer is not waited for. */
  async close(): Promise<void> {
    await Promise.race([this.pool.end(), new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
  }

  /** When one connection turned out dead, the idle ones probably are too: each would cost a time-out to find out. */
  private distrustIdle(distrusted: pg.Pool): void {
    if (distrusted !== this.pool || distrusted.ending) return;
    this.pool = this.open();
    void distrusted.end();
  }

  private open(): pg.Pool {
    const pool = new pg.Pool({ ...clientConfig(this.options), max: MAX_CONNECTIONS, idleTimeoutMillis: IDLE_MS });
    // An idle connection broke; the pool drops it, and the next statement finds out whether the server is back.
    pool.on('error', () => undefined);
    // A connection that breaks while it is lent out rejects its statement; the event says nothing more.
    pool.on('connect', (client) => client.on('error', () => undefined));
    return pool;
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (cause) {
    throw new UnavailableError('broker', { cause });
  }
}
