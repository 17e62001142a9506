import type { Readable } from 'node:stream';
import type { ImportStockFile as ImportStockFileCommand } from '@looseleaf/contracts';
import { errorText, UnavailableError, type Message } from '@looseleaf/messaging';
import { isObjectStoreError, ObjectStoreError, type ObjectStore } from '@looseleaf/object-store';
import type { Database } from '@looseleaf/persistence';
import { mayHoldLineBreaks, parseHeader, parseRow, type Parsed, type StockFileColumns } from '../domain/stock-row.js';
import { Chunk } from './chunk.js';
import { commitChunk, failFile, recordReceived, resume, type Progress } from './progress.js';
import { firstPosition, readRecords, type FilePosition, type FileRecord, type RecordSource } from './read-records.js';

type Command = Message<ImportStockFileCommand>;

/** Rows of one transaction: enough that its fixed cost does not count, few enough that nobody waits long for its locks. */
const ROWS_PER_CHUNK = 1_000;

/**
 * Loads a stock file: each good row sets the count of an item in a store, each bad one is noted with its line and the reason.
 *
 * - **Memory**: it holds one chunk, whatever the size of the file; the object is read no faster than rows are committed.
 * - **Progress**: every chunk commits together with the place where the next one begins. An import that was interrupted goes
 *   on there when its message is delivered again, and one that is finished does nothing. One that was given up also goes
 *   on there, when somebody redrives its message.
 * - **Concurrency**: should two processes import the same file, the one that is behind finds that out before it changes
 *   anything.
 * - **Shutdown**: after `onModuleDestroy` it stops at the end of the chunk; the message goes back without counting as an attempt.
 */
export class ImportStockFile {
  private stopping = false;

  constructor(
    private readonly database: Database,
    private readonly objects: ObjectStore,
  ) {}

  /** Notes the files, so that they can be asked for while they wait for their turn. */
  async receive(commands: readonly Command[]): Promise<void> {
    await this.database.transaction((tx) => recordReceived(tx, commands));
  }

  /** @throws UnavailableError the database or the object store is away, or the service is stopping */
  async execute(command: Command): Promise<void> {
    const progress = await this.database.transaction((tx) => resume(tx, command.body.fileId));
    if (!progress) return;
    try {
      await this.load(command, progress);
    } catch (error) {
      if (isObjectStoreError(error, 'OBJECT.NOT_FOUND'))
        await this.fail(command, 'the file is not in the object store');
      else if (isObjectStoreError(error, 'OBJECT.UNAVAILABLE'))
        throw new UnavailableError('object store', { cause: error });
      else throw error;
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

  private async load(command: Command, progress: Progress): Promise<void> {
    const open: RecordSource['open'] = async (start) =>
      pieces(await this.objects.get(command.body.objectKey, { start }));
    const header = await readHeader({ open, mayHoldLineBreaks: () => false });
    if (!header.ok) return this.fail(command, header.reason);
    const { columns, end } = header.value;
    const source: RecordSource = { open, mayHoldLineBreaks: (fields) => mayHoldLineBreaks(fields, columns) };

    let chunk = new Chunk(progress.rowsRead === 0 ? end : progress.position, progress.rowsRead);
    for await (const record of readRecords(source, chunk.start)) {
      chunk.add(record, parse(record, columns));
      if (chunk.rows < ROWS_PER_CHUNK) continue;
      await this.commit(command, chunk, false);
      if (this.stopping) throw new UnavailableError('the importer, which is stopping,');
      chunk = chunk.next();
    }
    await this.commit(command, chunk, true);
  }

  private commit(command: Command, chunk: Chunk, isLast: boolean): Promise<void> {
    return this.database.transaction((tx) => commitChunk(tx, command, chunk, isLast));
  }

  private async fail(command: Command, reason: string): Promise<void> {
    await this.database.transaction((tx) => failFile(tx, command.body.fileId, reason));
  }
}

/** A stream that breaks off means that the store went away, whatever its error. */
async function* pieces(object: Readable): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* object as AsyncIterable<Buffer>;
  } catch (cause) {
    throw new ObjectStoreError('OBJECT.UNAVAILABLE', 'reading the stock file broke off', { cause });
  }
}

async function readHeader(source: RecordSource): Promise<Parsed<{ columns: StockFileColumns; end: FilePosition }>> {
  for await (const record of readRecords(source, await firstPosition(source))) {
    if (record.kind === 'broken') return { ok: false, reason: `the first line is no CSV: ${record.reason}` };
    const columns = parseHeader(record.fields);
    return columns.ok ? { ok: true, value: { columns: columns.value, end: record.end } } : columns;
  }
  return { ok: false, reason: 'the file is empty' };
}

function parse(record: FileRecord, columns: StockFileColumns): ReturnType<typeof parseRow> {
  return record.kind === 'record' ? parseRow(record.fields, columns) : { ok: false, reason: record.reason };
}
