import { errorText } from '@looseleaf/messaging';
import type { Database, PersistenceLogger } from '@looseleaf/persistence';

export interface CleanerOptions {
  readonly database: Database;
  readonly logger: PersistenceLogger;
  /** How long a dead letter is kept for somebody to look at. */
  readonly deadLetterRetentionMs: number;
}

const INTERVAL_MS = 60_000;
/** Small enough that one statement stays far below the statement timeout. */
const ROWS_PER_STATEMENT = 2_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';

const DELETE_OLD_DEAD_LETTERS = `
  WITH old AS (
    SELECT d.event_id, d.subscription_id FROM subscriptions AS s CROSS JOIN LATERAL (
      SELECT event_id, subscription_id FROM deliveries
      WHERE subscription_id = s.id AND dead_lettered_at < now() - $1 * interval '1 ms'
      ORDER BY dead_lettered_at LIMIT $2) AS d
    LIMIT $2)
  DELETE FROM deliveries AS d USING old
  WHERE d.event_id = old.event_id AND d.subscription_id = old.subscription_id RETURNING d.event_id`;

/** One walk over the events in the order of their ids. What nobody waits for any more goes. */
const CLEAN_EVENTS = `
  WITH seen AS (SELECT id FROM events WHERE id > $1::uuid ORDER BY id LIMIT $2),
  orphans AS (
    DELETE FROM deliveries AS d USING seen
    WHERE d.event_id = seen.id AND NOT EXISTS (SELECT FROM subscriptions WHERE id = d.subscription_id)),
  done AS (
    DELETE FROM events AS e USING seen
    WHERE e.id = seen.id AND NOT EXISTS (SELECT FROM deliveries WHERE event_id = e.id))
  SELECT max(id::text) AS last FROM seen`;

/**
 * Removes what nothing waits for: events that reached everybody, deliveries of subscriptions that were deleted, and dead
 * letters that are too old. Runs every minute in every replica; whoever comes second finds nothing to do.
 */
export class Cleaner {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();
  private isStopping = false;

  constructor(private readonly options: CleanerOptions) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.clean().catch((error: unknown) =>
        this.options.logger.warn({ reason: errorText(error) }, 'nothing was cleaned up; trying again in a minute'),
      );
    }, INTERVAL_MS).unref();
  }

  /** Ends after the statement that is under way. */
  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** Goes over everything once. */
  async clean(): Promise<void> {
    const { database, deadLetterRetentionMs } = this.options;
    for (let deleted = ROWS_PER_STATEMENT; deleted === ROWS_PER_STATEMENT && !this.isStopping;) {
      const parameters = [deadLetterRetentionMs, ROWS_PER_STATEMENT];
      deleted = (await database.transaction((tx) => tx.query(DELETE_OLD_DEAD_LETTERS, parameters))).length;
    }
    for (let last: string | null = FIRST_ID; last !== null && !this.isStopping;) {
      const parameters: unknown[] = [last, ROWS_PER_STATEMENT];
      const [row] = await database.transaction((tx) => tx.query<{ last: string | null }>(CLEAN_EVENTS, parameters));
      last = row!.last;
    }
  }
}
