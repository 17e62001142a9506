import { CsvRecordParser, type CsvFault } from './csv-record-parser.js';

/** A place in a file: the offset of a record's first byte, and the number of its line. */
export interface FilePosition {
  readonly byte: number;
  readonly line: number;
}

/** What stands between two positions of a file. */
export type FileRecord =
  | {
      readonly kind: 'record';
      readonly fields: readonly string[];
      readonly start: FilePosition;
      readonly end: FilePosition;
    }
  /** One line that is no CSV. */
  | { readonly kind: 'broken'; readonly reason: string; readonly start: FilePosition; readonly end: FilePosition };

/** Where records are read from; opened anew at every place where reading goes on. */
export interface RecordSource {
  /** Opens the file at an offset. */
  open(startByte: number): Promise<AsyncIterable<Buffer>>;
  /** Says whether a record that goes over several lines can be meant; otherwise a quote was opened and never closed. */
  mayHoldLineBreaks(fields: readonly string[]): boolean;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where the first record begins: after the byte order mark, if there is one. */
export async function firstPosition(source: RecordSource): Promise<FilePosition> {
  let head = Buffer.alloc(0);
  for await (const piece of await source.open(0)) {
    head = Buffer.concat([head, piece]);
    if (head.length >= BYTE_ORDER_MARK.length) break;
  }
  return { byte: head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0, line: 1 };
}

/**
 * Reads CSV records (RFC 4180, any kind of line end, empty lines left out) from a position on, as fast as they are taken: it
 * holds one piece of the stream and the records in it.
 *
 * Where quotes are broken, only the line with which the record begins is given up: reading goes on at the next line.
 */
export async function* readRecords(
  source: RecordSource,
  from: FilePosition,
): AsyncGenerator<FileRecord, void, undefined> {
  for (let position: FilePosition | undefined = from; position;) {
    const fault: BrokenAt | undefined = yield* readUntilBroken(source, position);
    if (!fault) return;
    position = await nextLine(source, fault.position);
    yield { kind: 'broken', reason: fault.reason, start: fault.position, end: position };
  }
}

interface BrokenAt {
  readonly reason: string;
  readonly position: FilePosition;
}

async function* readUntilBroken(
  source: RecordSource,
  from: FilePosition,
): AsyncGenerator<FileRecord, BrokenAt | undefined, undefined> {
  const parser = new CsvRecordParser();
  const reader = new PositionTracker(from, (fields) => source.mayHoldLineBreaks(fields));
  for await (const piece of await source.open(from.byte)) {
    const fault = yield* reader.take(parser.records, await parser.write(piece));
    if (fault) return fault;
  }
  return yield* reader.take(parser.records, await parser.end());
}

/** Gives records their positions. Lines are counted here, since csv-parse counts a quoted CRLF as two. */
class PositionTracker {
  constructor(
    private position: FilePosition,
    private readonly mayHoldLineBreaks: (fields: readonly string[]) => boolean,
  ) {
    this.firstByte = position.byte;
  }
  private readonly firstByte: number;

  *take(
    records: { fields: string[]; endByte: number }[],
    fault: CsvFault | undefined,
  ): Generator<FileRecord, BrokenAt | undefined, undefined> {
    for (const { fields, endByte } of records.splice(0)) {
      const lineBreaks = fields.reduce((sum, field) => sum + countLineBreaks(field), 0);
      const start = this.position;
      if (lineBreaks > 0 && !this.mayHoldLineBreaks(fields))
        return { reason: 'a quote is not closed', position: start };
      this.position = { byte: this.firstByte + endByte, line: start.line + lineBreaks + 1 };
      const isEmptyLine = fields.length === 1 && fields[0]!.trim() === '';
      if (!isEmptyLine) yield { kind: 'record', fields, start, end: this.position };
    }
    return fault && { reason: fault.reason, position: this.position };
  }
}

function countLineBreaks(field: string): number {
  return field.includes('\n') || field.includes('\r') ? field.match(/\r\n|\n|\r/g)!.length : 0;
}

async function nextLine(source: RecordSource, from: FilePosition): Promise<FilePosition> {
  let byte = from.byte;
  let afterCarriageReturn = false;
  for await (const piece of await source.open(from.byte)) {
    for (const character of piece) {
      if (afterCarriageReturn) return { byte: character === LF ? byte + 1 : byte, line: from.line + 1 };
      byte += 1;
      if (character === LF) return { byte, line: from.line + 1 };
      afterCarriageReturn = character === CR;
    }
  }
  return { byte, line: from.line + 1 };
}

const LF = 0x0a;
const CR = 0x0d;
