import type { Readable } from 'node:stream';
import type { ImportStockFile as ImportStockFileCommand } from '@looseleaf/contracts';
import { errorText, UnavailableError, type Message } from '@looseleaf/messaging';
import { isObjectStoreError, ObjectStoreError, type ObjectStore } from '@looseleaf/object-store';
import type { Database } from '@looseleaf/persistence';
import { UNCACHED, type StockWriter } from '../stock/cached-stock.js';
import { forgetOvertaken } from '../stock/set-counts.js';
import { ahead } from './ahead.js';
import { Chunk } from './chunk.js';
import { commitChunk } from './commit-chunk.js';
import { CommitLine } from './commit-line.js';
import { prepareChunk, type PreparedChunk } from './load-chunk.js';
import { failFile, recordReceived, resume, stayImporting, type Progress } from './progress.js';
import { readChunks, readHeader } from './read-chunks.js';
import type { RecordSource } from './read-records.js';

type Command = Message<ImportStockFileCommand>;

export interface ImportOptions {
  /** Most rows of one transaction: enough that its fixed cost does not count, few enough that nobody waits long for its locks. */
  readonly rowsPerChunk: number;
  /** How long one message may work on a file before the other files get their turn. */
  readonly sliceMs: number;
}

const DEFAULTS: ImportOptions = { rowsPerChunk: 5_000, sliceMs: 5_000 };
/** Five thousand rows as they usually are take a third of that; with fields of kilobytes it bounds the memory. */
const BYTES_PER_CHUNK = 1024 * 1024;
const FEWEST_ROWS_PER_CHUNK = 100;

/** Which delivery of a message this is. */
export interface Attempt {
  /** 1 at the first delivery. */
  readonly number: number;
  readonly isLast: boolean;
}

/**
 * Loads a stock file: each good row sets the count of an item in a store, each bad one is noted with its line and the reason.
 *
 * - **Memory**: it holds three chunks, whatever the size of the file: two that are being committed, and the next one, which
 *   is read meanwhile.
 * - **Progress**: every chunk commits together with the place where the next one begins. An import that was interrupted goes
 *   on there, and one that is finished does nothing. One that was given up also goes on there, when somebody redrives its
 *   message.
 * - **Slices**: the first chunk that a message commits puts the file's next message into the queue, in the same
 *   transaction. That one waits, as it is of the same group, until this one has worked for a while and is done; or has
 *   died, and is found to be over when it is delivered again. So a message that got anywhere has a successor with all its
 *   attempts, and only one that gets nowhere, attempt after attempt, becomes a dead letter.
 * - **Order**: see `setCounts` and `tellItems`; files may be imported in any order and at the same time.
 * - **Concurrency**: should two processes import the same file, the one that is behind finds that out before it changes
 *   anything.
 * - **Shutdown**: after `onModuleDestroy` it stops at the end of the chunk.
 */
export class ImportStockFile {
  private readonly options: ImportOptions;
  private rowsPerChunk: number;
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly objects: ObjectStore,
    options: Partial<ImportOptions> = {},
    private readonly stock: StockWriter = UNCACHED,
  ) {
    this.options = { ...DEFAULTS, ...options };
    this.rowsPerChunk = this.options.rowsPerChunk;
  }

  /** Notes the files, so that they can be asked for while they wait for their turn. */
  async receive(commands: readonly Command[]): Promise<void> {
    await this.database.transaction((tx) => recordReceived(tx, commands));
  }

  /** @throws UnavailableError the database or the object store is away, or the service is stopping */
  async execute(command: Command, attempt: Attempt): Promise<void> {
    if (this.stopping) throw new UnavailableError('the importer, which is stopping,');
    const failure = attempt.isLast ? `the import got nowhere in ${attempt.number} attempts` : undefined;
    const progress = await this.database.transaction((tx) => resume(tx, command, failure));
    if (!progress) return this.forgetOvertaken();
    try {
      await this.load(command, progress, attempt);
      this.useRowsPerChunk(this.rowsPerChunk * 2);
    } catch (error) {
      if (error instanceof UnavailableError) this.useRowsPerChunk(this.rowsPerChunk >> 1);
      if (isObjectStoreError(error, 'OBJECT.NOT_FOUND'))
        return await this.fail(command, 'the file is not in the object store');
      const isAway = isObjectStoreError(error, 'OBJECT.UNAVAILABLE');
      if (attempt.isLast && (isAway || error instanceof UnavailableError))
        await this.database.transaction((tx) => stayImporting(tx, command.body.fileId));
      throw isAway ? new UnavailableError('object store', { cause: error }) : error;
    }
  }

  /**
   * Notes that no further attempt will be made, and why.
   * @throws UnavailableError the database is away
   */
  async giveUp(command: Command, error: unknown): Promise<void> {
    await this.fail(command, `the import failed: ${errorText(error)}`);
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }

  private async load(command: Command, progress: Progress, attempt: Attempt): Promise<void> {
    const startedAtMs = performance.now();
    const { objectKey, versionId } = command.body;
    const open: RecordSource['open'] = async (start) =>
      pieces(await this.objects.get(objectKey, { start, ...(versionId !== undefined && { versionId }) }));
    const header = await readHeader(open);
    if (!header.ok) return this.fail(command, header.reason);
    const { columns, end } = header.value;
    const first = new Chunk(progress.rowsRead === 0 ? end : progress.position, progress.rowsRead);
    const limits = { rows: this.rowsPerChunk, bytes: BYTES_PER_CHUNK };
    // One that is delivered again has trouble behind it: it takes the first step and leaves the rest to its successor.
    const sliceMs = attempt.number === 1 ? this.options.sliceMs : 0;
    const line = new CommitLine((prepared, expected, turn) =>
      this.stock.change((refresh) =>
        this.database.transaction((tx) => commitChunk(tx, refresh, { command, progress, prepared, expected, turn })),
      ),
    );
    let isDone = false;
    try {
      for await (const prepared of ahead(prepareAll(readChunks(open, columns, first, limits)))) {
        await line.add(prepared);
        isDone = prepared.chunk.isLast;
        if (this.stopping || performance.now() - startedAtMs >= sliceMs) break;
      }
    } finally {
      await line.finish();
    }
    if (isDone) await this.forgetOvertaken();
  }

  /** A chunk may be too much for a database that is slow: after a time-out it is half as long, until it gets through. */
  private useRowsPerChunk(rows: number): void {
    this.rowsPerChunk = Math.min(Math.max(rows, FEWEST_ROWS_PER_CHUNK), this.options.rowsPerChunk);
  }

  /** What is left when this process ends, or dies, goes with the next file that is done. */
  private async forgetOvertaken(): Promise<void> {
    while (!this.stopping && (await this.database.transaction(forgetOvertaken)));
  }

  private async fail(command: Command, reason: string): Promise<void> {
    await this.database.transaction((tx) => failFile(tx, command.body.fileId, reason));
  }
}

async function* prepareAll(
  chunks: AsyncGenerator<Chunk, void, undefined>,
): AsyncGenerator<PreparedChunk, void, undefined> {
  for await (const chunk of chunks) yield prepareChunk(chunk);
}

/** A stream that breaks off means that the store went away, whatever its error. */
async function* pieces(object: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* object as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new ObjectStoreError('OBJECT.UNAVAILABLE', 'reading the stock file broke off', { cause });
  }
}
