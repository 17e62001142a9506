import { topology } from '@looseleaf/contracts';
import { subscriptionQueueName } from '@looseleaf/messaging';
import { unitsBySku } from '../units.js';
import type { Books, DeadLetterRecord, OrderRecord, ReservationRecord, StockRecord } from './books.js';
import type { ShopDatabases } from './shop-databases.js';

/** Others may have subscribed to events and not read them. */
const QUEUES_OF_SHOP: ReadonlySet<string> = new Set([
  ...topology.queues.map(({ name }) => name),
  ...topology.subscriptions.map(({ topic, name }) => subscriptionQueueName(topic, name)),
]);

interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/**
 * Orders with these ids, and all others that were accepted since. A row without `accepted_at` is no order: it remembers a
 * cancellation that came first.
 */
export async function readOrders(
  databases: ShopDatabases,
  ids: readonly string[],
  since: Date,
): Promise<OrderRecord[]> {
  const rows = await databases.query<{
    id: string;
    state: string;
    customer_id: string | null;
    reason: string | null;
    lines: Line[];
    accepted_at: Date;
    changed_at: string;
  }>(
    'orders',
    `SELECT id, state, customer_id, lines, accepted_at, history -> -1 ->> 'reason' AS reason,
            history -> -1 ->> 'at' AS changed_at
       FROM orders
      WHERE accepted_at IS NOT NULL AND (id = ANY($1::uuid[]) OR accepted_at >= $2)`,
    [ids, since],
  );
  return rows.map((row) => ({
    id: row.id,
    state: row.state,
    units: unitsBySku(row.lines),
    acceptedAtMs: row.accepted_at.getTime(),
    changedAtMs: Date.parse(row.changed_at),
    ...(row.customer_id !== null && { customerId: row.customer_id }),
    ...(row.reason !== null && { reason: row.reason }),
  }));
}

/** Only the states, for polling. Orders that are not recorded yet are missing. */
export function readOrderStates(
  databases: ShopDatabases,
  ids: readonly string[],
): Promise<{ id: string; state: string }[]> {
  return databases.query(
    'orders',
    'SELECT id, state FROM orders WHERE accepted_at IS NOT NULL AND id = ANY($1::uuid[])',
    [ids],
  );
}

export async function readReservations(databases: ShopDatabases, ids: readonly string[]): Promise<ReservationRecord[]> {
  const rows = await databases.query<{ order_id: string; state: string; allocations: Line[] }>(
    'inventory',
    'SELECT order_id, state, allocations FROM reservation WHERE order_id = ANY($1::uuid[])',
    [ids],
  );
  return rows.map(({ order_id: orderId, state, allocations }) => ({ orderId, state, units: unitsBySku(allocations) }));
}

/** Counts and standing reservations, in one statement and so of one moment. */
export async function readStock(databases: ShopDatabases): Promise<StockRecord[]> {
  return databases.query<{ sku: string; store: string; count: number; reserved: number }>(
    'inventory',
    `WITH held AS (
       SELECT allocation.sku COLLATE "C" AS sku, allocation.store COLLATE "C" AS store, sum(allocation.quantity) AS units
         FROM reservation, jsonb_to_recordset(allocations) AS allocation (sku text, store text, quantity bigint)
        WHERE state = 'reserved'
        GROUP BY 1, 2)
     SELECT sku, store, coalesce(count, 0)::float8 AS count, coalesce(units, 0)::float8 AS reserved
       FROM stock FULL JOIN held USING (sku, store)`,
  );
}

/** Stock files that are being loaded, or were finished since. */
export async function countStockFiles(databases: ShopDatabases, since: Date): Promise<number> {
  const [row] = await databases.query<{ files: number }>(
    'inventory',
    `SELECT count(*)::integer AS files FROM stock_file WHERE state = 'importing' OR finished_at >= $1`,
    [since],
  );
  return row!.files;
}

/** Messages that wait or are being handled: in the outboxes, which come first on a message's way, and in the shop's queues. */
export async function countMessagesLeft(databases: ShopDatabases): Promise<number> {
  const outbox = 'SELECT count(*)::integer AS messages FROM outbox';
  const orders = await databases.query<{ messages: number }>('orders', outbox);
  const inventory = await databases.query<{ messages: number }>('inventory', outbox);
  const queues = await databases.broker.administration.stats();
  const inQueues = queues
    .filter(({ queue }) => QUEUES_OF_SHOP.has(queue))
    .reduce((sum, { depth, inFlight }) => sum + depth + inFlight, 0);
  return orders[0]!.messages + inventory[0]!.messages + inQueues;
}

/** What was given up on since: dead letters of every queue, and messages that the broker refused. */
export async function readDeadLetters(databases: ShopDatabases, since: Date): Promise<DeadLetterRecord[]> {
  const { administration } = databases.broker;
  const records: DeadLetterRecord[] = [];
  for (const { queue, deadLettered } of await administration.stats()) {
    if (deadLettered === 0) continue;
    for (const { message, error, deadLetteredAt } of await administration.deadLetters(queue, deadLettered)) {
      if (deadLetteredAt < since) continue;
      const { name, groupKey } = message;
      records.push({ queue, message: name, error, ...(groupKey !== undefined && { groupKey }) });
    }
  }
  for (const database of ['orders', 'inventory'] as const)
    records.push(...(await readRefused(databases, database, since)));
  return records;
}

function readRefused(
  databases: ShopDatabases,
  database: 'orders' | 'inventory',
  since: Date,
): Promise<DeadLetterRecord[]> {
  return databases.query<{ queue: string; message: string; groupKey: string; error: string }>(
    database,
    `SELECT name AS queue, message ->> 'name' AS message, message ->> 'groupKey' AS "groupKey", reason AS error
       FROM outbox_failed WHERE failed_at >= $1`,
    [since],
  );
}

/** Everything that an account needs but the stock of before. */
export async function readBooks(
  databases: ShopDatabases,
  ids: readonly string[],
  since: Date,
): Promise<Omit<Books, 'stockBefore'>> {
  return {
    messagesLeft: await countMessagesLeft(databases),
    orders: await readOrders(databases, ids, since),
    reservations: await readReservations(databases, ids),
    stockNow: await readStock(databases),
    stockFilesSince: await countStockFiles(databases, since),
    deadLetters: await readDeadLetters(databases, since),
  };
}
