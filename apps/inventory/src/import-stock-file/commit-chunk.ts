import { setImmediate } from 'node:timers/promises';
import {
  importStockFile,
  INVENTORY_EVENTS_TOPIC,
  INVENTORY_IMPORT_QUEUE,
  stockFileImported,
  type ImportStockFile as ImportStockFileCommand,
} from '@looseleaf/contracts';
import { createCheckedMessage, type Message } from '@looseleaf/messaging';
import type { Transaction } from '@looseleaf/persistence';
import type { StockRefresh } from '../stock/cached-stock.js';
import { publishStockChanges } from '../stock/publish-stock-changes.js';
import { loadChunk, type Expectation, type PreparedChunk } from './load-chunk.js';
import { advance, lockFile, sliceOf, type Progress } from './progress.js';

type Command = Message<ImportStockFileCommand>;

export interface ChunkCommit {
  readonly command: Command;
  /** At the beginning of the message's work. */
  readonly progress: Progress;
  readonly prepared: PreparedChunk;
  readonly expected: Expectation;
  readonly turn: Turn;
}

/** How a chunk stands in line with the one before it, which may still be under way. */
export interface Turn {
  /** To be called when the chunk has its locks: the next one may start to wait for its own. */
  onLocked(): void;
  /** To be awaited before the file's progress is touched: the chunk before it is committed. Rejects when it failed. */
  come(): Promise<unknown>;
}

/**
 * Writes a chunk's rows, rejections and messages, and with them the place where the next chunk begins.
 * @returns what the next chunk is likely to be
 * @throws ExpectationError as `loadChunk` does; ImportOvertakenError when the chunk is not the next one
 */
export async function commitChunk(
  tx: Transaction,
  refresh: StockRefresh,
  { command, progress, prepared, expected, turn }: ChunkCommit,
): Promise<Expectation> {
  const { order, rowsRead } = progress;
  const { chunk } = prepared;
  const { changes, rejections, found } = await whileItWorks(
    loadChunk(tx, order, prepared, expected, () => turn.onLocked()),
    // They are loaded when somebody asks: a file is about thousands of items, of which few are being looked at.
    () => refresh.announce(prepared.facts.map(({ sku }) => sku)),
  );
  await turn.come();
  await lockFile(tx, order.fileId, chunk);
  const totals = await advance(tx, command, chunk, rejections);
  publishStockChanges(tx, changes, command);
  if (chunk.isLast) {
    const imported = createCheckedMessage(stockFileImported, { fileId: order.fileId, ...totals }, command);
    tx.publish(INVENTORY_EVENTS_TOPIC, [imported]);
  } else if (chunk.rowsBefore === rowsRead) {
    const successor = createCheckedMessage(importStockFile, { ...command.body, slice: sliceOf(command) + 1 }, command);
    tx.send(INVENTORY_IMPORT_QUEUE, [successor]);
  }
  return found;
}

/** Does something while the database is busy; neither is left running when the other one fails. */
async function whileItWorks<T>(work: Promise<T>, meanwhile: () => Promise<void>): Promise<T> {
  // The statement is on its way by then.
  const aside = setImmediate().then(meanwhile);
  const [done, doneAside] = await Promise.allSettled([work, aside]);
  if (done.status === 'rejected') throw done.reason;
  if (doneAside.status === 'rejected') throw doneAside.reason;
  return done.value;
}
