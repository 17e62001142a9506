import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, UnavailableError, type MessageBroker } from '@looseleaf/messaging';
import { jsonbArray, textArray, uuidArray } from '../binary-arrays.js';
import type { Database } from '../database.js';
import { silentLogger, type PersistenceLogger } from '../logger.js';
import type { Transaction } from '../transaction.js';
import { forward, type RefusedMessage } from './forward.js';
import type { OutboxBatch } from './outbox-buffer.js';

export interface OutboxRelayOptions {
  readonly database: Database;
  readonly broker: MessageBroker;
  readonly logger?: PersistenceLogger;
  /** How often to look for what a dead process left behind. Default 5 000. */
  readonly sweepMs?: number;
  /** Shortest time from the start of one pass to the start of the next, so that rows gather under load. Default 5. */
  readonly lingerMs?: number;
}

/**
 * Most outbox rows of one pass. A row is a transaction, with up to a few thousand messages. After a failure it is one: a
 * pass that takes longer than its transaction may stand still starts over, and with as much to send it would do so for ever.
 */
const ROWS_PER_PASS = 16;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Any number will do, as long as nothing else in a service's database locks it. */
const RELAY_LOCK = 1_702_191_342;

const LOCK = 'SELECT pg_advisory_xact_lock($1)';
const TAKE = `
  WITH taken AS (DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1) RETURNING id, batches)
  SELECT batches FROM taken ORDER BY id`;
const MOVE_ASIDE = `
  INSERT INTO outbox_failed (message_id, kind, name, message, reason)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[], $5::text[]) ON CONFLICT DO NOTHING`;

/**
 * Sends what transactions left in the outbox; runs in every replica.
 *
 * - **Delivery**: at least once. Rows are deleted in a transaction that commits after the broker has everything; a crash
 *   between the two brings them back, and they are sent again with the same ids, which the consumers' inboxes know.
 * - **Ordering**: per group, as committed. An advisory lock lets one relay work at a time; another one waits for it and
 *   goes on behind it. It does not skip ahead, as `SKIP LOCKED` would. The lock ends with its transaction, and the
 *   transaction of a process that hangs is ended by `idle_in_transaction_session_timeout`.
 * - **Refusals**: a message that the broker refuses for good is moved to the table `outbox_failed` with the reason and
 *   logged; the others go on. To send it again, insert it into `outbox` and delete it there.
 * - **Shutdown**: `stop` lets the running pass finish, tries once to send what is left, and returns.
 */
export class OutboxRelay {
  private readonly logger: PersistenceLogger;
  private readonly stopping = new AbortController();
  private readonly sweepMs: number;
  private readonly lingerMs: number;
  private stopListening: (() => void) | undefined;
  private sweeper: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private wanted = false;
  private failures = 0;

  constructor(private readonly options: OutboxRelayOptions) {
    this.logger = options.logger ?? silentLogger;
    this.sweepMs = options.sweepMs ?? 5_000;
    this.lingerMs = options.lingerMs ?? 5;
  }

  /** Starts to send, now and after every commit of this process that left messages. */
  start(): void {
    this.stopListening ??= this.options.database.onMessagesCommitted(() => this.poke());
    this.sweeper ??= setInterval(() => this.poke(), this.sweepMs).unref();
    this.poke();
  }

  /** There may be something to send. */
  poke(): void {
    this.wanted = true;
    if (this.stopping.signal.aborted) return;
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopListening?.();
    clearInterval(this.sweeper);
    this.stopping.abort();
    await this.running;
    if (this.wanted) await this.tryPass();
  }

  private async run(): Promise<void> {
    while (this.wanted && !this.stopping.signal.aborted) {
      const startedAtMs = performance.now();
      const pauseMs = await this.tryPass();
      await this.pause(pauseMs ?? startedAtMs + this.lingerMs - performance.now());
    }
    // In the same turn as the last look at `wanted`, so that no poke falls in between.
    this.running = undefined;
  }

  /** @returns how long to wait before the next try, when this one failed */
  private async tryPass(): Promise<number | undefined> {
    this.wanted = false;
    const maxRows = this.failures > 0 ? 1 : ROWS_PER_PASS;
    try {
      if ((await this.pass(maxRows)) === maxRows) this.wanted = true;
      if (this.failures > 0) this.logger.info({ failures: this.failures }, 'the outbox is being sent again');
      this.failures = 0;
      return undefined;
    } catch (error) {
      this.wanted = true;
      this.report(error);
      this.failures += 1;
      return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (this.failures - 1)) * (0.5 + Math.random() / 2);
    }
  }

  private async pass(maxRows: number): Promise<number> {
    const { database, broker } = this.options;
    const [rowCount, refused] = await database.transaction(async (tx) => {
      // A statement of its own, so that the next one's snapshot shows what the relay before this one did.
      await tx.query(LOCK, [RELAY_LOCK]);
      const rows = await tx.query<{ batches: string }>(TAKE, [maxRows]);
      const refused = await forward(
        broker,
        rows.flatMap(({ batches }) => JSON.parse(batches) as OutboxBatch[]),
      );
      if (refused.length > 0) await moveAside(tx, refused);
      return [rows.length, refused] as const;
    });
    for (const { kind, name, message, reason } of refused) {
      this.logger.error(
        { kind, name, messageId: message.id, reason },
        'the broker refuses a message; it is in outbox_failed',
      );
    }
    return rowCount;
  }

  /** An outage is told once; anything else is a fault that somebody must see. */
  private report(error: unknown): void {
    const hasCause = error instanceof Error && error.cause !== undefined;
    const fields = { reason: errorText(error), ...(hasCause && { cause: errorText(error.cause) }) };
    if (!(error instanceof UnavailableError)) this.logger.error(fields, 'the outbox could not be sent; trying on');
    else if (this.failures === 0) this.logger.warn(fields, 'the outbox waits for a dependency; trying on');
  }

  private async pause(pauseMs: number): Promise<void> {
    if (pauseMs < 1) return;
    await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }
}

async function moveAside(tx: Transaction, refused: readonly RefusedMessage[]): Promise<void> {
  await tx.query(MOVE_ASIDE, [
    uuidArray(refused.map(({ message }) => message.id)),
    textArray(refused.map(({ kind }) => kind)),
    textArray(refused.map(({ name }) => name)),
    jsonbArray(refused.map(({ message }) => JSON.stringify(message))),
    textArray(refused.map(({ reason }) => reason)),
  ]);
}
