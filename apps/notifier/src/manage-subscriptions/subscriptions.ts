import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Database, Transaction } from '@looseleaf/persistence';
import { decodeCursor, encodeCursor, ProblemError } from '@looseleaf/service-kit';
import { z } from 'zod';
import type { SecretBox } from '../subscriptions/secret-box.js';
import { CUSTOMERS_SUBSCRIPTION_ID, type BodyFilter, type ChannelName } from '../subscriptions/subscription.js';
import type { SubscriptionRequest } from './subscription-request.schema.js';
import type { Page } from './page.js';

/** Each subscription costs a look at its filter for every event, and a lane; beyond this a shop wants another design. */
export const MAX_SUBSCRIPTIONS = 1_000;

/** A subscription as other services see it. The secret never leaves. */
export interface SubscriptionView {
  readonly id: string;
  readonly events: readonly string[];
  readonly filter?: BodyFilter;
  readonly deliver: { readonly email: string } | { readonly webhook: string };
  /** RFC 3339 UTC. */
  readonly createdAt: string;
  /** Deliveries that were given up. */
  readonly deadLettered: number;
}

interface Row {
  readonly id: string;
  readonly events: string[];
  readonly filter: BodyFilter | null;
  readonly channel: ChannelName;
  readonly address: string;
  readonly secret: Buffer | null;
  readonly createdAt: Date;
  readonly deadLettered: number;
}

// Changes of subscriptions queue up here, so the count below it is exact.
const NEXT_VERSION = 'UPDATE subscription_changes SET version = version + 1';
const COUNT = 'SELECT count(*)::int AS count FROM subscriptions WHERE id <> $1';
const INSERT = `
  INSERT INTO subscriptions (id, events, filter, channel, address, secret) VALUES ($1, $2, $3, $4, $5, $6)
  RETURNING id, events, filter, channel, address, secret, created_at AS "createdAt", 0 AS "deadLettered"`;
const DELETE = 'DELETE FROM subscriptions WHERE id = $1 AND id <> $2 RETURNING id';
const SELECT = `
  SELECT id, events, filter, channel, address, secret, created_at AS "createdAt",
         (SELECT count(*) FROM deliveries WHERE subscription_id = subscriptions.id AND dead_lettered_at IS NOT NULL)::float8
         AS "deadLettered"
  FROM subscriptions`;
const LIST = `${SELECT} WHERE (created_at, id) > ($1, $2) AND id <> $3 ORDER BY created_at, id LIMIT $4`;
const FIND = `${SELECT} WHERE id = $1 AND id <> $2`;

const BEGINNING = ['1970-01-01T00:00:00.000Z', CUSTOMERS_SUBSCRIPTION_ID] as const;
const position = z.tuple([z.iso.datetime({ precision: 3 }), z.uuid()]);

/** Who is told of what. Each method throws UnavailableError while the database is away. */
export class Subscriptions {
  constructor(
    private readonly database: Database,
    private readonly secrets: SecretBox,
  ) {}

  /**
   * From its commit on, events that are committed later reach the subscriber.
   * @param id the same id and the same request are the same subscription, however often they come
   * @throws ProblemError 409 when there are as many subscriptions as there may be, 422 when the id is another request's
   */
  create(request: SubscriptionRequest, id: string = randomUUID()): Promise<SubscriptionView> {
    const { events, filter, deliver } = request;
    const isWebhook = 'webhook' in deliver;
    return this.database.transaction(async (tx) => {
      await tx.query(NEXT_VERSION);
      const [known] = await tx.query<Row>(FIND, [id, CUSTOMERS_SUBSCRIPTION_ID]);
      if (known) return this.repeated(known, request);
      await refuseWhenFull(tx);
      const [row] = await tx.query<Row>(INSERT, [
        id,
        events,
        filter === undefined ? null : JSON.stringify(filter),
        isWebhook ? 'webhook' : 'email',
        isWebhook ? deliver.webhook : deliver.email,
        isWebhook ? this.secrets.seal(deliver.secret, id) : null,
      ]);
      return toView(row!);
    });
  }

  /** In the order in which they were made; the customers' own is not among them. */
  async list(after: string | undefined, limit: number): Promise<Page<SubscriptionView>> {
    const from = decodeCursor(after, position) ?? BEGINNING;
    const parameters = [...from, CUSTOMERS_SUBSCRIPTION_ID, limit + 1];
    const rows = await this.database.transaction((tx) => tx.query<Row>(LIST, parameters));
    const items = rows.slice(0, limit).map(toView);
    const last = items.at(-1);
    return { items, ...(last && rows.length > limit && { next: encodeCursor([last.createdAt, last.id]) }) };
  }

  /** @throws ProblemError 404 */
  async find(id: string): Promise<SubscriptionView> {
    const [row] = await this.database.transaction((tx) => tx.query<Row>(FIND, [id, CUSTOMERS_SUBSCRIPTION_ID]));
    if (!row) throw subscriptionUnknown();
    return toView(row);
  }

  /**
   * Ends the subscription and its deliveries: none is begun after this; one that is under way may still arrive.
   * @throws ProblemError 404
   */
  async delete(id: string): Promise<void> {
    await this.database.transaction(async (tx) => {
      const deleted = await tx.query(DELETE, [id, CUSTOMERS_SUBSCRIPTION_ID]);
      if (deleted.length === 0) throw subscriptionUnknown();
      await tx.query(NEXT_VERSION);
    });
  }

  /** The subscription, if that is what was asked for. */
  private repeated(row: Row, { events, filter, deliver }: SubscriptionRequest): SubscriptionView {
    const view = toView(row);
    const secret = row.secret && this.secrets.open(row.secret, row.id);
    const known = { events: view.events, filter: view.filter, deliver: { ...view.deliver, ...(secret && { secret }) } };
    if (isDeepStrictEqual(known, { events, filter, deliver })) return view;
    const detail = 'This Idempotency-Key was used for another subscription. Use a new key for a new one.';
    throw new ProblemError(422, 'IDEMPOTENCY.KEY_REUSED', detail);
  }
}

export function subscriptionUnknown(): ProblemError {
  return new ProblemError(404, 'SUBSCRIPTION.UNKNOWN', 'There is no subscription with this id.');
}

async function refuseWhenFull(tx: Transaction): Promise<void> {
  const [row] = await tx.query<{ count: number }>(COUNT, [CUSTOMERS_SUBSCRIPTION_ID]);
  if (row!.count < MAX_SUBSCRIPTIONS) return;
  const detail = `There are ${MAX_SUBSCRIPTIONS} subscriptions, as many as there may be. Delete one first.`;
  throw new ProblemError(409, 'SUBSCRIPTION.LIMIT_REACHED', detail);
}

function toView({ id, events, filter, channel, address, createdAt, deadLettered }: Row): SubscriptionView {
  return {
    id,
    events,
    ...(filter && { filter }),
    deliver: channel === 'email' ? { email: address } : { webhook: address },
    createdAt: createdAt.toISOString(),
    deadLettered,
  };
}
