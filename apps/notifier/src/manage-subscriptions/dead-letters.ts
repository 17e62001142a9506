import type { Database } from '@looseleaf/persistence';
import { decodeCursor, encodeCursor } from '@looseleaf/service-kit';
import { z } from 'zod';
import { deliveryId } from '../deliver/delivery.js';
import { lanesOf } from '../deliver/lane-id.js';
import type { Page } from './page.js';
import { subscriptionUnknown } from './subscriptions.js';

/** A delivery that was given up. */
export interface DeadLetterView {
  /** What the subscriber knows it by: in `webhook-id`, or the Message-ID. */
  readonly id: string;
  /** Name of the event. */
  readonly event: string;
  /** Failed ones. */
  readonly attempts: number;
  /** Why the last one failed. */
  readonly error: string;
  /** RFC 3339 UTC. */
  readonly deadLetteredAt: string;
}

interface Row {
  readonly eventId: string;
  readonly event: string;
  readonly attempts: number;
  readonly error: string;
  readonly deadLetteredAt: Date;
}

const EXISTS = 'SELECT FROM subscriptions WHERE id = $1';
const LIST = `
  SELECT d.event_id AS "eventId", e.name AS event, d.attempts, d.error, d.dead_lettered_at AS "deadLetteredAt"
  FROM deliveries AS d JOIN events AS e ON e.id = d.event_id
  WHERE d.subscription_id = $1 AND d.dead_lettered_at IS NOT NULL AND (d.dead_lettered_at, d.event_id) > ($2, $3)
  ORDER BY d.dead_lettered_at, d.event_id LIMIT $4`;
const REDRIVE = `
  UPDATE deliveries AS d
  SET attempts = 0, due_at = now(), leased_until = '-infinity', error = NULL, dead_lettered_at = NULL
  FROM (SELECT event_id, subscription_id FROM deliveries
        WHERE subscription_id = $1 AND dead_lettered_at IS NOT NULL
        ORDER BY dead_lettered_at, event_id LIMIT $2 FOR UPDATE SKIP LOCKED) AS dead
  WHERE d.event_id = dead.event_id AND d.subscription_id = dead.subscription_id RETURNING d.event_id`;

const BEGINNING = ['1970-01-01T00:00:00.000Z', '00000000-0000-0000-0000-000000000000'] as const;
const position = z.tuple([z.iso.datetime({ precision: 3 }), z.uuid()]);

/** Deliveries that were given up, by subscription. Each method throws UnavailableError while the database is away. */
export class DeadLetters {
  /** @param wake told of the lanes whose deliveries are to be tried again */
  constructor(
    private readonly database: Database,
    private readonly wake: (lanes: Iterable<string>) => void,
  ) {}

  /**
   * The oldest first.
   * @throws ProblemError 404 when there is no such subscription
   */
  async list(subscriptionId: string, after: string | undefined, limit: number): Promise<Page<DeadLetterView>> {
    const from = decodeCursor(after, position) ?? BEGINNING;
    const rows = await this.ofExisting(subscriptionId, LIST, [subscriptionId, ...from, limit + 1]);
    const last = rows[limit - 1];
    const next = last && rows.length > limit && encodeCursor([last.deadLetteredAt.toISOString(), last.eventId]);
    const items = rows.slice(0, limit).map(({ eventId, deadLetteredAt, ...row }) => ({
      ...row,
      id: deliveryId({ eventId, subscriptionId }),
      deadLetteredAt: deadLetteredAt.toISOString(),
    }));
    return { items, ...(next && { next }) };
  }

  /**
   * Tries dead letters again, the oldest first, with all their attempts.
   * @returns how many
   * @throws ProblemError 404 when there is no such subscription
   */
  async redrive(subscriptionId: string, limit: number): Promise<number> {
    const { length: redriven } = await this.ofExisting(subscriptionId, REDRIVE, [subscriptionId, limit]);
    this.wake(lanesOf(subscriptionId));
    return redriven;
  }

  private ofExisting(subscriptionId: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.database.transaction(async (tx) => {
      const found = await tx.query(EXISTS, [subscriptionId]);
      if (found.length === 0) throw subscriptionUnknown();
      return tx.query<Row>(sql, parameters);
    });
  }
}
