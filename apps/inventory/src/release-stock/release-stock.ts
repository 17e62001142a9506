import { INVENTORY_EVENTS_TOPIC, stockReleased, type ReleaseStock as ReleaseStockCommand } from '@looseleaf/contracts';
import { createCheckedMessage, type Message, type MessageFailure } from '@looseleaf/messaging';
import { consumeOnce, uuidArray, type Database, type Transaction } from '@looseleaf/persistence';
import type { Allocation } from '../domain/stock-ledger.js';
import type { ReservationState } from '../persistence/reservation.entity.js';
import { UNCACHED, type StockRefresh, type StockWriter } from '../stock/cached-stock.js';
import { publishStockChanges } from '../stock/publish-stock-changes.js';
import { lockStock, writeStock } from '../stock/stock-repository.js';

type Command = Message<ReleaseStockCommand>;

interface Held {
  readonly order_id: string;
  readonly state: ReservationState;
  readonly allocations: Allocation[];
}

/**
 * Gives back the stock of a batch of orders in one transaction. Releasing twice is once; an order that was refused has
 * nothing to give. A release that comes before the reservation leaves its mark, so that the reservation takes nothing.
 */
export class ReleaseStock {
  constructor(
    private readonly database: Database,
    private readonly stock: StockWriter = UNCACHED,
  ) {}

  /** @throws UnavailableError the database is away */
  execute(commands: readonly Command[]): Promise<MessageFailure[]> {
    return this.stock.change((refresh) =>
      consumeOnce(this.database, commands, (fresh, tx) => releaseAll(fresh, tx, refresh)),
    );
  }
}

async function releaseAll(commands: readonly Command[], tx: Transaction, refresh: StockRefresh): Promise<void> {
  const causes = new Map(commands.toReversed().map((command) => [command.body.orderId, command]));
  const known = await lockReservations(tx, [...causes.keys()]);
  const knownIds = new Set(known.map(({ order_id }) => order_id));
  await insertReleased(
    tx,
    [...causes.keys()].filter((orderId) => !knownIds.has(orderId)),
  );
  const held = known.filter(({ state }) => state === 'reserved');
  if (held.length > 0) await giveBack(tx, held, causes, refresh);
}

async function giveBack(
  tx: Transaction,
  held: readonly Held[],
  causes: ReadonlyMap<string, Command>,
  refresh: StockRefresh,
): Promise<void> {
  const allocations = held.flatMap((reservation) => reservation.allocations);
  const stock = await lockStock(tx, [...new Set(allocations.map(({ sku }) => sku))]);
  stock.ledger.giveBack(allocations);
  await markReleased(
    tx,
    held.map(({ order_id }) => order_id),
  );
  const changes = await writeStock(tx, stock, refresh);
  if (tx.wants(INVENTORY_EVENTS_TOPIC, stockReleased.name)) {
    const released = held.map(({ order_id: orderId, allocations: back }) =>
      createCheckedMessage(stockReleased, { orderId, allocations: back }, causes.get(orderId)),
    );
    tx.publish(INVENTORY_EVENTS_TOPIC, released);
  }
  publishStockChanges(tx, changes);
}

function lockReservations(tx: Transaction, orderIds: readonly string[]): Promise<Held[]> {
  return tx.query<Held>(
    `SELECT order_id, state, allocations FROM reservation
      WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR NO KEY UPDATE`,
    [uuidArray(orderIds)],
  );
}

async function insertReleased(tx: Transaction, orderIds: readonly string[]): Promise<void> {
  if (orderIds.length === 0) return;
  await tx.query(
    `INSERT INTO reservation (order_id, state, lines, allocations, released_at)
     SELECT order_id, 'released', '[]', '[]', now() FROM unnest($1::uuid[]) AS released (order_id)`,
    [uuidArray(orderIds)],
  );
}

async function markReleased(tx: Transaction, orderIds: readonly string[]): Promise<void> {
  await tx.query(`UPDATE reservation SET state = 'released', released_at = now() WHERE order_id = ANY($1::uuid[])`, [
    uuidArray(orderIds),
  ]);
}
