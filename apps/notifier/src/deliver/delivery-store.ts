import { int4Array, textArray, uuidArray, type Database } from '@looseleaf/persistence';
import { CUSTOMERS_SUBSCRIPTION_ID, type ChannelName } from '../subscriptions/subscription.js';
import type { Delivery, DeliveryKey } from './delivery.js';
import { lanesOf } from './lane-id.js';

/** What becomes of a claimed delivery. */
export type Settlement =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retried'; readonly error: string; readonly delayMs: number }
  | { readonly kind: 'dead-lettered'; readonly error: string }
  | { readonly kind: 'released'; readonly delayMs: number };

export interface Settled {
  readonly delivery: Delivery;
  readonly settlement: Settlement;
}

/*
 * The lease is only there so that the deliveries of a process that died come back. Whoever delivers after the lease ran
 * out settles all the same: that something was delivered is true whoever reports it, and a failure is one more attempt.
 */
const CLAIM = `
  WITH claimed AS (
    UPDATE deliveries AS d SET leased_until = now() + $3 * interval '1 ms'
    FROM unnest($1::uuid[], $2::int[]) AS wanted (id, room) CROSS JOIN LATERAL (
      SELECT event_id, subscription_id FROM deliveries
      WHERE coalesce(lane, subscription_id) = wanted.id AND dead_lettered_at IS NULL
        AND due_at <= now() AND leased_until <= now()
      ORDER BY due_at, event_id LIMIT wanted.room
      FOR UPDATE SKIP LOCKED) AS due
    WHERE d.event_id = due.event_id AND d.subscription_id = due.subscription_id
    RETURNING wanted.id AS lane, d.event_id, d.subscription_id, d.attempts, d.due_at)
  SELECT c.lane, c.event_id AS "eventId", c.subscription_id AS "subscriptionId", c.attempts,
         e.name, e.body::text AS body, e.occurred_at AS "occurredAt", s.channel, s.address, s.secret
  FROM claimed AS c JOIN events AS e ON e.id = c.event_id JOIN subscriptions AS s ON s.id = c.subscription_id
  ORDER BY c.due_at, c.event_id`;

const DELETE_DELIVERED = `
  DELETE FROM deliveries AS d USING unnest($1::uuid[], $2::uuid[]) AS done (event_id, subscription_id)
  WHERE d.event_id = done.event_id AND d.subscription_id = done.subscription_id`;

const PUT_BACK = `
  UPDATE deliveries AS d
  SET attempts = attempts + failed, error = coalesce(reason, error), leased_until = '-infinity',
      due_at = CASE WHEN delay_ms > 0 THEN now() + delay_ms * interval '1 ms' ELSE due_at END,
      dead_lettered_at = CASE WHEN delay_ms IS NULL THEN now() END
  FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[], $5::text[])
       AS back (event_id, subscription_id, failed, delay_ms, reason)
  WHERE d.event_id = back.event_id AND d.subscription_id = back.subscription_id AND d.dead_lettered_at IS NULL`;

const SWEEP = `
  SELECT s.id AS lane, extract(epoch FROM d.due_at - now())::float8 * 1000 AS "inMs"
  FROM (SELECT id FROM subscriptions UNION SELECT unnest($1::uuid[])) AS s CROSS JOIN LATERAL (
    SELECT due_at FROM deliveries WHERE coalesce(lane, subscription_id) = s.id AND dead_lettered_at IS NULL
    ORDER BY due_at LIMIT 1) AS d`;

const NEXT_DUE = `
  SELECT wanted.id AS lane, extract(epoch FROM d.due_at - now())::float8 * 1000 AS "inMs"
  FROM unnest($1::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
    SELECT due_at FROM deliveries
    WHERE coalesce(lane, subscription_id) = wanted.id AND dead_lettered_at IS NULL
      AND (due_at > now() OR leased_until <= now())
    ORDER BY due_at LIMIT 1) AS d`;

/** When there is something to do in a lane; a time that is past is negative. */
export interface Due {
  readonly lane: string;
  readonly inMs: number;
}

/** How many deliveries of a lane are wanted. */
export interface LaneRoom {
  readonly id: string;
  readonly room: number;
}

interface ClaimedRow extends DeliveryKey {
  readonly lane: string;
  readonly attempts: number;
  readonly name: string;
  readonly body: string;
  readonly occurredAt: Date;
  readonly channel: ChannelName;
  readonly address: string | null;
  readonly secret: Buffer | null;
}

/** The deliveries that wait, in the database. Each method throws UnavailableError while it is away. */
export class DeliveryStore {
  constructor(private readonly database: Database) {}

  /**
   * Claims deliveries that are due, up to `room` for each lane, the longest due first. Another process does not get them for
   * as long as the lease is; deliveries of deleted subscriptions are not claimed.
   * @returns by lane
   */
  async claim(lanes: readonly LaneRoom[], leaseMs: number): Promise<Map<string, Delivery[]>> {
    const rows = await this.database.transaction((tx) =>
      tx.query<ClaimedRow>(CLAIM, [
        uuidArray(lanes.map(({ id }) => id)),
        int4Array(lanes.map(({ room }) => room)),
        leaseMs,
      ]),
    );
    const claimed = new Map<string, Delivery[]>(lanes.map(({ id }) => [id, []]));
    for (const { lane, name, body, occurredAt, ...delivery } of rows) {
      const event = { name, body, occurredAt: occurredAt.toISOString() };
      claimed.get(lane)!.push({ ...delivery, event });
    }
    return claimed;
  }

  /** Records what became of claimed deliveries; all of it or nothing. */
  async settle(settled: readonly Settled[]): Promise<void> {
    const delivered = settled.filter(({ settlement }) => settlement.kind === 'delivered');
    const back = settled.filter(({ settlement }) => settlement.kind !== 'delivered');
    await this.database.transaction(async (tx) => {
      if (delivered.length > 0) await tx.query(DELETE_DELIVERED, keysOf(delivered));
      if (back.length === 0) return;
      const settlements = back.map(({ settlement }) => settlement);
      await tx.query(PUT_BACK, [
        ...keysOf(back),
        int4Array(settlements.map(({ kind }) => (kind === 'released' ? 0 : 1))),
        int4Array(settlements.map((settlement) => ('delayMs' in settlement ? settlement.delayMs : null))),
        textArray(settlements.map((settlement) => ('error' in settlement ? storable(settlement.error) : null))),
      ]);
    });
  }

  /** When the first delivery of each lane that has any was or will be due, whether it is claimed or not. */
  sweep(): Promise<Due[]> {
    const customers = uuidArray(lanesOf(CUSTOMERS_SUBSCRIPTION_ID));
    return this.database.transaction((tx) => tx.query<Due>(SWEEP, [customers]));
  }

  /**
   * When the next delivery of each lane that has any was or will be due, but for those that are claimed. One that has become
   * due since a claim found nothing is among them, since nothing else would make the lane look again.
   */
  nextDue(lanes: readonly { readonly id: string }[]): Promise<Due[]> {
    const ids = uuidArray(lanes.map(({ id }) => id));
    return this.database.transaction((tx) => tx.query<Due>(NEXT_DUE, [ids]));
  }
}

function keysOf(settled: readonly Settled[]): [Buffer, Buffer] {
  return [
    uuidArray(settled.map(({ delivery }) => delivery.eventId)),
    uuidArray(settled.map(({ delivery }) => delivery.subscriptionId)),
  ];
}

const MAX_ERROR_LENGTH = 500;

/** An error may hold what a server answered, and PostgreSQL refuses U+0000. */
function storable(error: string): string {
  return error.replaceAll('\0', '').slice(0, MAX_ERROR_LENGTH);
}
