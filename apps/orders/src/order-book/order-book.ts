import {
  int8Array,
  jsonArray,
  jsonbArray,
  textArray,
  timestamptzArray,
  uuidArray,
  type Transaction,
} from '@looseleaf/persistence';
import type { PricedLine } from '@looseleaf/contracts';
import { journalExpression, soldColumns } from '../best-sellers/sales-journal.js';
import type { HistoryEntry, OrderLines } from '../domain/order.js';
import { INITIAL_STATE } from '../domain/order-state.js';
import type { OrderRefresh } from '../read-orders/cached-orders.js';
import { toLockedOrder, toView, type LockedOrder, type LockedRow, type ShownRow } from './order-rows.js';

/** An order as it is first recorded. */
export interface NewOrder {
  readonly id: string;
  readonly customerId?: string | undefined;
  readonly email?: string | undefined;
  readonly lines: OrderLines;
  readonly acceptedAt: string;
  readonly digest: string;
}

/** A step of an order that is recorded: its new state with the time and, once, its prices. */
export interface OrderChange {
  readonly id: string;
  readonly entry: HistoryEntry;
  /** Set when prices were fixed. */
  readonly priced?: { readonly lines: readonly PricedLine[]; readonly totalMinor: number };
}

const INSERT = `
  INSERT INTO orders (id, state, customer_id, email, lines, history, request_digest, accepted_at)
  SELECT id, 'accepted', customer_id, email, lines, history, digest, accepted_at
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::jsonb[], $6::text[], $7::timestamptz[])
      AS fresh (id, customer_id, email, lines, history, digest, accepted_at)
  ON CONFLICT (id) DO NOTHING RETURNING id`;

const FILL_IN = `
  UPDATE orders
     SET customer_id = placed.customer_id, email = placed.email, lines = placed.lines, request_digest = placed.digest,
         accepted_at = placed.accepted_at, history = placed.history || orders.history
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::jsonb[], $6::text[], $7::timestamptz[])
      AS placed (id, customer_id, email, lines, history, digest, accepted_at)
   WHERE orders.id = placed.id`;

const INSERT_CANCELLED = `
  INSERT INTO orders (id, state, lines, history)
  SELECT id, 'cancelled', '[]', history FROM unnest($1::uuid[], $2::jsonb[]) AS early (id, history)
  ON CONFLICT (id) DO NOTHING RETURNING id`;

const LOCK = `
  SELECT id, state, customer_id, email, request_digest,
         CASE WHEN accepted_at IS NULL THEN history -> 0 ->> 'reason' END AS cancellation_reason
    FROM orders
   WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE`;

const CHANGE = `
  UPDATE orders
     SET state = change.state, history = orders.history || change.entry,
         lines = coalesce(change.lines, orders.lines), total_minor = coalesce(change.total_minor, orders.total_minor)
    FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::json[], $5::int8[])
      AS change (id, state, entry, lines, total_minor)
   WHERE orders.id = change.id`;

/** As `CHANGE`, and the journal of sales. */
const CHANGE_AND_SELL = `WITH sold AS (${journalExpression(6)}) ${CHANGE}`;

/** What readers see; not an order that was cancelled before it came. */
const SHOW = `
  SELECT id, state, accepted_at, lines, total_minor::float8, history FROM orders
   WHERE id = ANY($1::uuid[]) AND accepted_at IS NOT NULL`;

/** The orders of one transaction, in batches: a statement for any number of them. */
export class OrderBook {
  /** @param refresh is told of every order that is locked, and what becomes of it */
  constructor(
    private readonly tx: Transaction,
    private readonly refresh?: OrderRefresh,
  ) {}

  /** Records orders as accepted. @returns the ids that were not there before */
  async insert(orders: readonly NewOrder[]): Promise<Set<string>> {
    const rows = await this.tx.query<{ id: string }>(INSERT, columnsOf(orders));
    return new Set(rows.map(({ id }) => id));
  }

  /** Completes orders that were cancelled before they came; they stay cancelled. */
  async fillIn(orders: readonly NewOrder[]): Promise<void> {
    if (orders.length === 0) return;
    await this.tx.query(FILL_IN, columnsOf(orders));
    await this.show(orders);
  }

  /**
   * Remembers cancellations of orders that are not there. The primary key decides between this and an order that arrives
   * at the same moment, in another process.
   * @returns how many were recorded; fewer than given when some of the orders are there by now
   */
  async insertCancelled(orders: readonly Pick<OrderChange, 'id' | 'entry'>[]): Promise<number> {
    if (orders.length === 0) return 0;
    const rows = await this.tx.query(INSERT_CANCELLED, [
      uuidArray(orders.map(({ id }) => id)),
      jsonbArray(orders.map(({ entry }) => JSON.stringify([entry]))),
    ]);
    return rows.length;
  }

  /** Reads orders and holds them until the commit. Rows are locked in id order, so that two batches cannot deadlock. */
  async lock(ids: readonly string[]): Promise<Map<string, LockedOrder>> {
    const rows = await this.tx.query<LockedRow>(LOCK, [uuidArray(ids)]);
    if (rows.length > 0) await this.refresh?.announce(rows.map(({ id }) => id));
    return new Map(rows.map((row) => [row.id, toLockedOrder(row)]));
  }

  /**
   * Orders whose prices are fixed are sold, and counted with the best sellers.
   * @param changes of one moment, at most one for each order
   */
  async change(changes: readonly OrderChange[]): Promise<void> {
    if (changes.length === 0) return;
    const sold = changes.flatMap(({ priced }) => priced?.lines ?? []);
    const columns = [
      uuidArray(changes.map(({ id }) => id)),
      textArray(changes.map(({ entry }) => entry.state)),
      jsonbArray(changes.map(({ entry }) => JSON.stringify(entry))),
      jsonArray(changes.map(({ priced }) => priced && JSON.stringify(priced.lines))),
      int8Array(changes.map(({ priced }) => priced?.totalMinor)),
    ];
    if (sold.length === 0) await this.tx.query(CHANGE, columns);
    else await this.tx.query(CHANGE_AND_SELL, [...columns, ...soldColumns(changes[0]!.entry.at, sold)]);
    await this.show(changes);
  }

  private async show(changed: readonly { readonly id: string }[]): Promise<void> {
    const { refresh } = this;
    const wanted = refresh ? changed.filter(({ id }) => refresh.wants(id)) : [];
    if (wanted.length === 0) return;
    const rows = await this.tx.query<ShownRow>(SHOW, [uuidArray(wanted.map(({ id }) => id))]);
    for (const row of rows) refresh!.keep(toView(row));
  }
}

function columnsOf(orders: readonly NewOrder[]): Buffer[] {
  return [
    uuidArray(orders.map(({ id }) => id)),
    textArray(orders.map(({ customerId }) => customerId)),
    textArray(orders.map(({ email }) => email)),
    jsonArray(orders.map(({ lines }) => JSON.stringify(lines))),
    jsonbArray(orders.map(({ acceptedAt }) => JSON.stringify([acceptedEntry(acceptedAt)]))),
    textArray(orders.map(({ digest }) => digest)),
    timestamptzArray(orders.map(({ acceptedAt }) => acceptedAt)),
  ];
}

function acceptedEntry(at: string): HistoryEntry {
  return { state: INITIAL_STATE, at };
}
