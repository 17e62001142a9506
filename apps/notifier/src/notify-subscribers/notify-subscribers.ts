import {
  consumeOnce,
  jsonArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Database,
  type Transaction,
} from '@looseleaf/persistence';
import type { Message, MessageFailure } from '@looseleaf/messaging';
import type { DeliveryKey } from '../deliver/delivery.js';
import { laneOf } from '../deliver/lane-id.js';
import type { SubscriptionDirectory } from '../subscriptions/subscription-directory.js';

/** Keeps one statement far below the statement timeout, however many subscriptions want every event of a batch. */
const DELIVERIES_PER_STATEMENT = 10_000;

const INSERT_EVENTS = `
  INSERT INTO events (id, name, body, occurred_at)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::json[], $4::timestamptz[]) ON CONFLICT DO NOTHING`;
const INSERT_DELIVERIES = `
  INSERT INTO deliveries (event_id, subscription_id, lane)
  SELECT event_id, subscription_id, nullif(lane, subscription_id)
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS fresh (event_id, subscription_id, lane)
  ON CONFLICT DO NOTHING`;

interface NewDelivery extends DeliveryKey {
  readonly lane: string;
}

/** Takes events and writes down to which subscriptions each must go. */
export class NotifySubscribers {
  /** @param wake told of the lanes that have something to be delivered, once it is committed */
  constructor(
    private readonly database: Database,
    private readonly directory: SubscriptionDirectory,
    private readonly wake: (lanes: Iterable<string>) => void,
  ) {}

  /**
   * Each delivery is written once, however often its event comes. Events that nobody wants leave nothing behind, not even
   * in the inbox: without an effect there is nothing to double.
   * @throws UnavailableError the database is away
   */
  async execute(messages: readonly Message[]): Promise<MessageFailure[]> {
    const subscribers = await this.directory.current();
    const wanted = new Map(messages.map((message) => [message.id, subscribers.of(message)]));
    const wantedMessages = messages.filter(({ id }) => wanted.get(id)!.length > 0);
    if (wantedMessages.length === 0) return [];
    const woken = new Set<string>();
    const failures = await consumeOnce(this.database, wantedMessages, async (fresh, tx) => {
      await insertEvents(tx, fresh);
      const deliveries = fresh.flatMap(({ id: eventId, body }) =>
        wanted.get(eventId)!.map((subscriptionId) => ({ eventId, subscriptionId, lane: laneOf(subscriptionId, body) })),
      );
      await insertDeliveries(tx, deliveries);
      for (const { lane } of deliveries) woken.add(lane);
    });
    this.wake(woken);
    return failures;
  }
}

async function insertEvents(tx: Transaction, messages: readonly Message[]): Promise<void> {
  await tx.query(INSERT_EVENTS, [
    uuidArray(messages.map(({ id }) => id)),
    textArray(messages.map(({ name }) => name)),
    jsonArray(messages.map(({ body }) => JSON.stringify(body))),
    timestamptzArray(messages.map(({ occurredAt }) => occurredAt)),
  ]);
}

async function insertDeliveries(tx: Transaction, deliveries: readonly NewDelivery[]): Promise<void> {
  for (let start = 0; start < deliveries.length; start += DELIVERIES_PER_STATEMENT) {
    const some = deliveries.slice(start, start + DELIVERIES_PER_STATEMENT);
    await tx.query(INSERT_DELIVERIES, [
      uuidArray(some.map(({ eventId }) => eventId)),
      uuidArray(some.map(({ subscriptionId }) => subscriptionId)),
      uuidArray(some.map(({ lane }) => lane)),
    ]);
  }
}
