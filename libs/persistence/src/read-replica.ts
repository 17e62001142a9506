import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnavailableError } from '@looseleaf/messaging';
import type { EntityManager } from 'typeorm';
import { ConnectionPool } from './connection-pool.js';
import type { ConnectionOptions } from './data-source.js';
import { TransactionConflictError } from './database-errors.js';

/** How reads that may go to a replica were served, and how it is. */
export interface ReplicaFigures {
  /** 1 while reads go to it, 0 while they go to the primary. */
  readonly up: number;
  /** Reads that it served. */
  readonly reads: number;
  /** Reads that the primary served in its place. */
  readonly fallbacks: number;
  /** How far it was behind at the last look; as far as it knew, if it was cut off. */
  readonly lagMs: number;
}

const PROBE_MS = 1_000;
/** What is older is no longer an eventual read but a wrong one. */
const MOST_LAG_MS = 10_000;
/** Shorter than the primary's: who waits for a replica may have to wait for the primary after it. */
const TIMEOUTS = { connectMs: 1_000, statementMs: 1_000 };

/**
 * One that has received all that it has been sent is not behind, however long ago that was; but only while it is connected
 * to the primary. The times of both machines are compared, as good as their clocks are.
 */
const LAG = `
  SELECT pg_is_in_recovery() AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver) AS "isCutOff",
         CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
              ELSE greatest(0, extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000) END::float8 AS "lagMs"`;

/**
 * A server that follows the primary, for reads that need not see the newest. It is looked at every second: while it does not
 * answer, is cut off from the primary or is more than ten seconds behind, reads go to the primary at once.
 */
export class ReadReplica {
  private readonly pool: ConnectionPool;
  private readonly closing = new AbortController();
  private watching: Promise<void> = Promise.resolve();
  private isUp = false;
  private counts = { reads: 0, fallbacks: 0, lagMs: 0 };

  constructor(private readonly options: Omit<ConnectionOptions, 'timeouts'>) {
    // Its schema comes from the primary; a table that is not there yet has the read done there.
    const check = (): Promise<void> => Promise.resolve();
    this.pool = new ConnectionPool({ ...options, timeouts: TIMEOUTS, server: 'replica of the database', check });
  }

  get figures(): ReplicaFigures {
    return { up: this.isUp ? 1 : 0, ...this.counts };
  }

  start(): void {
    this.pool.start();
    this.watching = this.watch();
  }

  /**
   * @param work is done again at the primary when the replica cannot do it
   * @param atPrimary does so
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>, atPrimary: () => Promise<T>): Promise<T> {
    if (this.isUp) {
      try {
        const result = await this.pool.use((runner) => work(runner.manager));
        this.counts.reads += 1;
        return result;
      } catch (error) {
        if (error instanceof UnavailableError) this.lose(errorText(error));
        // What the primary removes under a read, the replica removes, too, and ends the read.
        else if (!(error instanceof TransactionConflictError)) throw error;
      }
    }
    this.counts.fallbacks += 1;
    return atPrimary();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.watching;
    await this.pool.close();
  }

  private async watch(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.look().catch((error: unknown) => this.lose(errorText(error)));
      await sleep(PROBE_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async look(): Promise<void> {
    const [state] = await this.pool.use((runner) => runner.manager.query<{ isCutOff: boolean; lagMs: number }[]>(LAG));
    const { isCutOff, lagMs } = state!;
    this.counts.lagMs = lagMs;
    if (isCutOff) this.lose('it is cut off from the primary');
    else if (lagMs > MOST_LAG_MS) this.lose(`it is ${Math.round(lagMs)} ms behind`);
    else this.find();
  }

  private find(): void {
    if (this.isUp) return;
    this.isUp = true;
    this.options.logger.info({}, 'reads go to the replica of the database');
  }

  private lose(reason: string): void {
    if (!this.isUp) return;
    this.isUp = false;
    this.options.logger.warn({ reason }, 'the replica of the database is not used; reads go to the primary');
  }
}
