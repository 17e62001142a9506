import { mayHoldLineBreaks, parseHeader, parseRow, type Parsed, type StockFileColumns } from '../domain/stock-row.js';
import { Chunk, type ChunkLimits } from './chunk.js';
import type { FilePosition, FileRecord } from './file-record.js';
import { firstPosition, readRecords, type RecordSource } from './read-records.js';

export interface StockFileHeader {
  readonly columns: StockFileColumns;
  /** Where the first row begins. */
  readonly end: FilePosition;
}

/** @returns the header, or why the file as a whole cannot be loaded */
export async function readHeader(open: RecordSource['open']): Promise<Parsed<StockFileHeader>> {
  const source: RecordSource = { open, mayHoldLineBreaks: () => false };
  for await (const [record] of readRecords(source, await firstPosition(source))) {
    if (!record) continue;
    if (record.kind === 'broken') return { ok: false, reason: `the first line is no CSV: ${record.reason}` };
    const columns = parseHeader(record.fields);
    return columns.ok ? { ok: true, value: { columns: columns.value, end: record.end } } : columns;
  }
  return { ok: false, reason: 'the file is empty' };
}

/**
 * Reads the rows of a file in chunks; the last one may be empty.
 * @param first the empty chunk to begin with
 */
export async function* readChunks(
  open: RecordSource['open'],
  columns: StockFileColumns,
  first: Chunk,
  limits: ChunkLimits,
): AsyncGenerator<Chunk, void, undefined> {
  const source: RecordSource = { open, mayHoldLineBreaks: (fields) => mayHoldLineBreaks(fields, columns) };
  let chunk = first;
  for await (const records of readRecords(source, first.start)) {
    for (const record of records) {
      chunk.add(record, parse(record, columns));
      if (!chunk.isFull(limits)) continue;
      const next = chunk.next();
      yield chunk.complete(false);
      chunk = next;
    }
  }
  yield chunk.complete(true);
}

function parse(record: FileRecord, columns: StockFileColumns): ReturnType<typeof parseRow> {
  return record.kind === 'record' ? parseRow(record.fields, columns) : { ok: false, reason: record.reason };
}
