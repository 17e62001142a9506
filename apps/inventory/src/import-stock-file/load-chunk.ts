import { INVENTORY_EVENTS_TOPIC, stockChanged } from '@looseleaf/contracts';
import type { Transaction } from '@looseleaf/persistence';
import type { StockChange } from '../domain/stock-ledger.js';
import { addCounts, countParameters, setCounts, type CountParameters, type FileOrder } from '../stock/set-counts.js';
import {
  itemParameters,
  lockItems,
  lockOrAddItems,
  tellItems,
  type ItemFacts,
  type ItemParameters,
} from '../stock/tell-items.js';
import type { Chunk, Duplicate, LoadedRow, Rejection } from './chunk.js';

/** A chunk and the parameters of its statements, made while the chunk before it is committed. */
export interface PreparedChunk {
  readonly chunk: Chunk;
  readonly facts: readonly ItemFacts[];
  readonly items: ItemParameters;
  readonly counts: CountParameters;
}

export interface LoadedChunk {
  readonly changes: StockChange[];
  /** Rows that were bad in themselves, and rows that repeat an earlier one. */
  readonly rejections: readonly Rejection[];
  /** Whether there were items that nobody knew. */
  readonly addedItems: boolean;
}

/** An item is not there that was expected to be; nothing is written yet, and all locks have to be taken anew. */
export class UnknownItemError extends Error {
  readonly code = 'STOCK_FILE.UNKNOWN_ITEM';
}

export function prepareChunk(chunk: Chunk): PreparedChunk {
  const facts = factsOf(chunk.rows);
  return { chunk, facts, items: itemParameters(facts), counts: countParameters(chunk.rows) };
}

/**
 * Writes what a chunk says of items and counts. A row that is rejected as a repetition has no effect at all.
 * @param expectsNewItems false when all items are likely to be known, which is a faster way of locking them
 * @throws UnknownItemError when that is not so
 */
export async function loadChunk(
  tx: Transaction,
  file: FileOrder,
  prepared: PreparedChunk,
  expectsNewItems: boolean,
): Promise<LoadedChunk> {
  const { chunk } = prepared;
  if (chunk.rows.length === 0) return { changes: [], rejections: chunk.rejections, addedItems: expectsNewItems };
  const added = await lockAll(tx, file, prepared, expectsNewItems);
  const [rowsOfAdded, rowsOfKnown] = splitRows(prepared, added);
  const tellsAll = tx.wants(INVENTORY_EVENTS_TOPIC, stockChanged.name);
  await addCounts(tx, file, rowsOfAdded.counts);
  const first = rowsOfAdded.rows
    .filter(({ count }) => tellsAll || count === 0)
    .map(({ sku, store, count }) => ({ sku, store, before: null, after: count }));
  const { changes, repeated } = await setCounts(tx, file, rowsOfKnown.counts, tellsAll);
  const repeatedLines = new Map(repeated.map(({ line, firstLine }) => [line, firstLine]));
  const facts = factsOf(rowsOfKnown.rows.filter(({ line }) => !repeatedLines.has(line))).filter(saysSomething);
  if (facts.length > 0) await tellItems(tx, file, itemParameters(facts));
  // Where the first row of this chunk repeats an earlier one, so do those that repeat it.
  const within = chunk.duplicates.map(({ line, firstLine }) => ({
    line,
    firstLine: repeatedLines.get(firstLine) ?? firstLine,
  }));
  return {
    changes: [...first, ...changes],
    rejections: [...chunk.rejections, ...[...repeated, ...within].map(rejectionOf)],
    addedItems: added.size > 0,
  };
}

async function lockAll(
  tx: Transaction,
  file: FileOrder,
  { items, facts }: PreparedChunk,
  expectsNewItems: boolean,
): Promise<ReadonlySet<string>> {
  if (expectsNewItems) return lockOrAddItems(tx, file, items);
  if ((await lockItems(tx, items)) < facts.length) throw new UnknownItemError();
  return new Set();
}

interface RowsAndParameters {
  readonly rows: readonly LoadedRow[];
  readonly counts: CountParameters;
}

/** Most chunks need no splitting, and their parameters are there. */
function splitRows(
  { chunk, facts, counts }: PreparedChunk,
  added: ReadonlySet<string>,
): [ofAdded: RowsAndParameters, ofKnown: RowsAndParameters] {
  const all = { rows: chunk.rows, counts };
  const none = { rows: [], counts: countParameters([]) };
  if (added.size === 0) return [none, all];
  if (added.size === facts.length) return [all, none];
  const select = (rows: readonly LoadedRow[]): RowsAndParameters => ({ rows, counts: countParameters(rows) });
  return [
    select(chunk.rows.filter(({ sku }) => added.has(sku))),
    select(chunk.rows.filter(({ sku }) => !added.has(sku))),
  ];
}

/** @param rows sorted by sku */
function factsOf(rows: readonly LoadedRow[]): ItemFacts[] {
  const facts: ItemFacts[] = [];
  let lines = { name: 0, price: 0 };
  for (const { sku, name, unitPriceMinor, line } of rows) {
    const known = facts.at(-1)?.sku === sku ? facts.pop() : undefined;
    if (!known) lines = { name: 0, price: 0 };
    const tellsName = name !== undefined && line > lines.name;
    const tellsPrice = unitPriceMinor !== undefined && line > lines.price;
    if (tellsName) lines.name = line;
    if (tellsPrice) lines.price = line;
    facts.push({
      sku,
      name: tellsName ? name : (known?.name ?? null),
      unitPriceMinor: tellsPrice ? unitPriceMinor : (known?.unitPriceMinor ?? null),
    });
  }
  return facts;
}

function saysSomething({ name, unitPriceMinor }: ItemFacts): boolean {
  return name !== null || unitPriceMinor !== null;
}

function rejectionOf({ line, firstLine }: Duplicate): Rejection {
  return { line, reason: `duplicate of line ${firstLine}: the same store and item` };
}
