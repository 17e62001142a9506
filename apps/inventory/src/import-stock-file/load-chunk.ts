import { INVENTORY_EVENTS_TOPIC, stockChanged } from '@looseleaf/contracts';
import { isUniqueViolation, type Transaction } from '@looseleaf/persistence';
import type { StockChange } from '../domain/stock-ledger.js';
import {
  addCounts,
  countParameters,
  setCounts,
  type CountParameters,
  type CountsSet,
  type FileOrder,
} from '../stock/set-counts.js';
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

/** What a chunk is likely to be about, which decides how it is written fastest: usually the same as the one before it. */
export interface Expectation {
  /** Some items are not known yet. */
  readonly newItems: boolean;
  /** No item has a count in its store yet. */
  readonly onlyNewCounts: boolean;
}

/** Holds for any chunk. */
export const NO_EXPECTATION: Expectation = { newItems: true, onlyNewCounts: false };

/** A chunk is not as expected: its transaction has no effect, and is to be made again without expectation. */
export class ExpectationError extends Error {
  readonly code = 'STOCK_FILE.UNEXPECTED';
}

export interface LoadedChunk {
  readonly changes: StockChange[];
  /** Rows that were bad in themselves, and rows that repeat an earlier one. */
  readonly rejections: readonly Rejection[];
  /** What the chunk turned out to be. */
  readonly found: Expectation;
}

export function prepareChunk(chunk: Chunk): PreparedChunk {
  const facts = factsOf(chunk.rows);
  return { chunk, facts, items: itemParameters(facts), counts: countParameters(chunk.rows) };
}

/**
 * Writes what a chunk says of items and counts. A row that is rejected as a repetition has no effect at all.
 * @param onLocked called when the transaction has all locks that it will wait for
 * @throws ExpectationError when the chunk is not as expected
 */
export async function loadChunk(
  tx: Transaction,
  file: FileOrder,
  prepared: PreparedChunk,
  expected: Expectation,
  onLocked: () => void,
): Promise<LoadedChunk> {
  const { chunk } = prepared;
  if (chunk.rows.length === 0) return { changes: [], rejections: chunk.rejections, found: expected };
  const addedItems = await lockAll(tx, file, prepared, expected);
  onLocked();
  const [rowsOfAdded, rowsOfKnown] = splitRows(prepared, addedItems);
  const tellsAll = tx.wants(INVENTORY_EVENTS_TOPIC, stockChanged.name);
  await addCounts(tx, file, rowsOfAdded.counts);
  const set = expected.onlyNewCounts
    ? await addExpected(tx, file, rowsOfKnown, tellsAll)
    : await setCounts(tx, file, rowsOfKnown.counts, tellsAll);
  const repeatedLines = new Map(set.repeated.map(({ line, firstLine }) => [line, firstLine]));
  const facts = factsOf(rowsOfKnown.rows.filter(({ line }) => !repeatedLines.has(line))).filter(saysSomething);
  if (facts.length > 0) await tellItems(tx, file, itemParameters(facts));
  // Where the first row of this chunk repeats an earlier one, so do those that repeat it.
  const within = chunk.duplicates.map(({ line, firstLine }) => ({
    line,
    firstLine: repeatedLines.get(firstLine) ?? firstLine,
  }));
  return {
    changes: [...firstCounts(rowsOfAdded.rows, tellsAll), ...set.changes],
    rejections: [...chunk.rejections, ...[...set.repeated, ...within].map(rejectionOf)],
    found: { newItems: addedItems.size > 0, onlyNewCounts: set.added === rowsOfKnown.rows.length },
  };
}

async function lockAll(
  tx: Transaction,
  file: FileOrder,
  { items, facts }: PreparedChunk,
  { newItems }: Expectation,
): Promise<ReadonlySet<string>> {
  if (newItems) return lockOrAddItems(tx, file, items);
  if ((await lockItems(tx, items)) < facts.length) throw new ExpectationError('an item is not known');
  return new Set();
}

/** As `setCounts`, for rows none of which is there; that is found out by adding them, which is a third faster. */
async function addExpected(
  tx: Transaction,
  file: FileOrder,
  { rows, counts }: RowsAndParameters,
  tellsAll: boolean,
): Promise<CountsSet> {
  try {
    await addCounts(tx, file, counts);
  } catch (cause) {
    if (isUniqueViolation(cause)) throw new ExpectationError('a count is there already', { cause });
    throw cause;
  }
  return { added: rows.length, changes: firstCounts(rows, tellsAll), repeated: [] };
}

function firstCounts(rows: readonly LoadedRow[], tellsAll: boolean): StockChange[] {
  return rows
    .filter(({ count }) => tellsAll || count === 0)
    .map(({ sku, store, count }) => ({ sku, store, before: null, after: count }));
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
