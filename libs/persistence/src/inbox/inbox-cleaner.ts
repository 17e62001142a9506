import { errorText } from '@looseleaf/messaging';
import type { Database } from '../database.js';
import { silentLogger, type PersistenceLogger } from '../logger.js';

/**
 * Longer than any copy of a message can come: queues keep messages for 4 days, and a dead letter may be redriven for as
 * long as somebody is likely to care.
 */
const DEFAULT_RETENTION_MS = 14 * 24 * 60 * 60_000;
const INTERVAL_MS = 60 * 60_000;
/** Small enough that one statement stays far below the statement timeout. */
const ROWS_PER_STATEMENT = 10_000;

const DELETE_OLD = `
  WITH deleted AS (
    DELETE FROM inbox WHERE message_id IN (SELECT message_id FROM inbox WHERE message_id < $1::uuid ORDER BY message_id LIMIT $2)
    RETURNING 1)
  SELECT count(*)::int AS count FROM deleted`;

export interface InboxCleanerOptions {
  readonly database: Database;
  readonly logger?: PersistenceLogger;
  /** How long an id is remembered. Default 14 days. */
  readonly retentionMs?: number;
}

/**
 * Forgets message ids that are too old to be delivered again. Ids are UUIDv7 and begin with their time, so no column for
 * the age is needed: the old rows are one range at the beginning of the primary key. Runs hourly in every replica;
 * whoever comes second finds nothing to do.
 */
export class InboxCleaner {
  private readonly logger: PersistenceLogger;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: InboxCleanerOptions) {
    this.logger = options.logger ?? silentLogger;
  }

  start(): void {
    this.timer = setInterval(() => {
      this.running = this.clean().catch((error: unknown) =>
        this.logger.warn({ reason: errorText(error) }, 'the inbox was not cleaned; trying again in an hour'),
      );
    }, INTERVAL_MS).unref();
  }

  /** Waits for the statement that runs, and leaves the rest to another time. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** @returns how many ids were forgotten */
  async clean(nowMs = Date.now()): Promise<number> {
    const before = firstUuidv7(nowMs - (this.options.retentionMs ?? DEFAULT_RETENTION_MS));
    for (let total = 0; ;) {
      const [row] = await this.options.database.transaction((tx) =>
        tx.query<{ count: number }>(DELETE_OLD, [before, ROWS_PER_STATEMENT]),
      );
      total += row!.count;
      if (row!.count < ROWS_PER_STATEMENT || this.stopping) return total;
    }
  }
}

/** The smallest UUIDv7 of a millisecond (RFC 9562, section 5.7). */
function firstUuidv7(timeMs: number): string {
  const hex = Math.max(0, timeMs).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}
