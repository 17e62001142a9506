import type { Database, PersistenceLogger } from '@looseleaf/persistence';

const INTERVAL_MS = 10 * 60_000;
/** Small enough that one statement stays far below the statement timeout. */
const ROWS_PER_STATEMENT = 1_000;

/** Rows that somebody holds are left for the next time. */
const DELETE_EXPIRED = `
  WITH deleted AS (
    DELETE FROM session WHERE key IN (
      SELECT key FROM session WHERE expires_at <= now() ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    RETURNING 1)
  SELECT count(*)::int AS count FROM deleted`;

/**
 * Removes sessions that have expired. They are unknown from the moment when they expire, so this only makes room. Runs in
 * every replica; whoever comes second finds nothing to do.
 */
export class SessionCleaner {
  #timer: NodeJS.Timeout | undefined;
  #stopping = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly database: Database,
    private readonly logger: PersistenceLogger,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      this.#running = this.clean().catch((error: unknown) =>
        this.logger.warn({ reason: String(error) }, 'expired sessions were not removed; trying again in ten minutes'),
      );
    }, INTERVAL_MS).unref();
  }

  /** Waits for the statement that runs, and leaves the rest to another time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** @returns how many sessions were removed */
  async clean(): Promise<number> {
    for (let total = 0; ;) {
      const [row] = await this.database.transaction((tx) =>
        tx.query<{ count: number }>(DELETE_EXPIRED, [ROWS_PER_STATEMENT]),
      );
      total += row!.count;
      if (row!.count < ROWS_PER_STATEMENT || this.#stopping) return total;
    }
  }
}
