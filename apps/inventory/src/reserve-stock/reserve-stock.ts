import {
  INVENTORY_EVENTS_TOPIC,
  stockRefused,
  stockReserved,
  type ReserveStock as ReserveStockCommand,
} from '@looseleaf/contracts';
import { createCheckedMessage, type Message, type MessageFailure } from '@looseleaf/messaging';
import { consumeOnce, jsonbArray, textArray, uuidArray, type Database, type Transaction } from '@looseleaf/persistence';
import { allocate, type AllocationResult } from '../domain/allocate.js';
import type { StockLedger } from '../domain/stock-ledger.js';
import { UNCACHED, type StockRefresh, type StockWriter } from '../stock/cached-stock.js';
import { publishStockChanges } from '../stock/publish-stock-changes.js';
import { lockStock, writeStock } from '../stock/stock-repository.js';

type Command = Message<ReserveStockCommand>;

interface Decision {
  readonly command: Command;
  readonly result: AllocationResult;
}

/**
 * Reserves stock for a batch of orders in one transaction, in the order of the batch, with the same few statements for one
 * order or 500. An order that has its answer already, or was released before, takes nothing and is not answered again.
 */
export class ReserveStock {
  constructor(
    private readonly database: Database,
    private readonly stock: StockWriter = UNCACHED,
  ) {}

  /** @throws UnavailableError the database is away */
  execute(commands: readonly Command[]): Promise<MessageFailure[]> {
    return this.stock.change((refresh) =>
      consumeOnce(this.database, commands, (fresh, tx) => reserveAll(fresh, tx, refresh)),
    );
  }
}

async function reserveAll(fresh: readonly Command[], tx: Transaction, refresh: StockRefresh): Promise<void> {
  const commands = await withoutAnswer(tx, fresh);
  if (commands.length === 0) return;
  const stock = await lockStock(tx, skusOf(commands));
  const decisions = commands.map((command) => decide(command, stock.ledger));
  await insertReservations(tx, decisions);
  const changes = await writeStock(tx, stock, refresh);
  tx.publish(INVENTORY_EVENTS_TOPIC, decisions.map(answerOf));
  publishStockChanges(tx, changes);
}

/** The first command of each order that is neither reserved, refused nor released. */
async function withoutAnswer(tx: Transaction, commands: readonly Command[]): Promise<Command[]> {
  const byOrder = new Map<string, Command>();
  for (const command of commands) {
    if (!byOrder.has(command.body.orderId)) byOrder.set(command.body.orderId, command);
  }
  const answered = await tx.query<{ order_id: string }>(
    'SELECT order_id FROM reservation WHERE order_id = ANY($1::uuid[])',
    [uuidArray([...byOrder.keys()])],
  );
  for (const { order_id } of answered) byOrder.delete(order_id);
  return [...byOrder.values()];
}

function skusOf(commands: readonly Command[]): string[] {
  const skus = new Set<string>();
  for (const { body } of commands) for (const { sku } of body.lines) skus.add(sku);
  return [...skus];
}

/** What an order takes is gone for the next one of the batch. */
function decide(command: Command, ledger: StockLedger): Decision {
  const result = allocate(command.body.lines, ledger);
  if (result.kind === 'reserved') ledger.take(result.allocations);
  return { command, result };
}

/** The primary key stops a second answer, should two processes ever hold commands of one order at the same time. */
async function insertReservations(tx: Transaction, decisions: readonly Decision[]): Promise<void> {
  const json = (value: unknown): string => JSON.stringify(value);
  await tx.query(
    `INSERT INTO reservation (order_id, state, lines, allocations, reason, refused_skus)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::jsonb[], $5::text[], $6::jsonb[])`,
    [
      uuidArray(decisions.map(({ command }) => command.body.orderId)),
      textArray(decisions.map(({ result }) => result.kind)),
      jsonbArray(decisions.map(({ command, result }) => json('lines' in result ? result.lines : command.body.lines))),
      jsonbArray(decisions.map(({ result }) => json('allocations' in result ? result.allocations : []))),
      textArray(decisions.map(({ result }) => ('reason' in result ? result.reason : null))),
      jsonbArray(decisions.map(({ result }) => ('skus' in result ? json(result.skus) : null))),
    ],
  );
}

function answerOf({ command, result }: Decision): Message {
  const { orderId } = command.body;
  if (result.kind === 'refused') {
    const { reason, skus } = result;
    return createCheckedMessage(stockRefused, { orderId, reason, skus: [...skus] }, command);
  }
  const { lines, allocations } = result;
  return createCheckedMessage(stockReserved, { orderId, lines: [...lines], allocations: [...allocations] }, command);
}
