import { CsvRecordParser } from './csv-record-parser.js';
import { isEmptyLine, type FilePosition, type FileRecord } from './file-record.js';
import { readPlainLines } from './read-plain-lines.js';

/** Where records are read from; opened anew at every place where reading goes on. */
export interface RecordSource {
  /** Opens the file at an offset. */
  open(startByte: number): Promise<AsyncIterable<Buffer>>;
  /** Says whether a record that goes over several lines can be meant; otherwise a quote was opened and never closed. */
  mayHoldLineBreaks(fields: readonly string[]): boolean;
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const NOTHING: Buffer = Buffer.alloc(0);

/** Where the first record begins: after the byte order mark, if there is one. */
export async function firstPosition(source: RecordSource): Promise<FilePosition> {
  let head: Buffer = NOTHING;
  for await (const piece of await source.open(0)) {
    head = Buffer.concat([head, piece]);
    if (head.length >= BYTE_ORDER_MARK.length) break;
  }
  return { byte: head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0, line: 1 };
}

/**
 * Reads CSV records (RFC 4180, any kind of line end, empty lines left out) from a position on, as fast as they are taken: it
 * holds one piece of the stream and the records in it, which it gives together.
 *
 * Where quotes are broken, only the line with which the record begins is given up: reading goes on at the next line.
 */
export async function* readRecords(
  source: RecordSource,
  from: FilePosition,
): AsyncGenerator<readonly FileRecord[], void, undefined> {
  for (let position: FilePosition | undefined = from; position;) {
    const fault: BrokenAt | undefined = yield* readUntilBroken(source, position);
    if (!fault) return;
    position = await nextLine(source, fault.position);
    yield [{ kind: 'broken', reason: fault.reason, start: fault.position, end: position }];
  }
}

interface BrokenAt {
  readonly reason: string;
  readonly position: FilePosition;
}

async function* readUntilBroken(
  source: RecordSource,
  from: FilePosition,
): AsyncGenerator<readonly FileRecord[], BrokenAt | undefined, undefined> {
  const reader = new RecordReader(from, (fields) => source.mayHoldLineBreaks(fields));
  for await (const piece of await source.open(from.byte)) {
    const fault = await reader.read(piece, false);
    if (reader.records.length > 0) yield reader.take();
    if (fault) return fault;
  }
  const fault = await reader.read(NOTHING, true);
  if (reader.records.length > 0) yield reader.take();
  return fault;
}

/**
 * Lines without quotes are read here. From a line with a quote on, csv-parse gets the rest of the piece, and more pieces
 * until it has given a record; behind its last one, reading goes on as before.
 */
class RecordReader {
  records: FileRecord[] = [];
  /** What was read from `position` on and is no complete record yet. */
  private rest: Buffer = NOTHING;
  /** It has got the rest already. */
  private parser: CsvRecordParser | undefined;

  constructor(
    private position: FilePosition,
    private readonly mayHoldLineBreaks: (fields: readonly string[]) => boolean,
  ) {}

  take(): FileRecord[] {
    const { records } = this;
    this.records = [];
    return records;
  }

  async read(piece: Buffer, isEnd: boolean): Promise<BrokenAt | undefined> {
    this.rest = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    if (this.parser) return this.parse(this.parser, piece, isEnd);
    const { records, end, needsParser } = readPlainLines(this.rest, this.position, isEnd);
    for (const record of records) this.records.push(record);
    this.moveTo(end);
    return needsParser ? this.parse(new CsvRecordParser(), this.rest, isEnd) : undefined;
  }

  private async parse(parser: CsvRecordParser, bytes: Buffer, isEnd: boolean): Promise<BrokenAt | undefined> {
    const fault = (await parser.write(bytes)) ?? (isEnd ? await parser.end() : undefined);
    this.parser = parser.records.length > 0 ? undefined : parser;
    const firstByte = this.position.byte;
    for (const { fields, endByte } of parser.records) {
      if (!this.add(fields, firstByte + endByte)) return { reason: 'a quote is not closed', position: this.position };
    }
    return fault && { reason: fault.reason, position: this.position };
  }

  /** Lines are counted here, since csv-parse counts a quoted CRLF as two. */
  private add(fields: readonly string[], endByte: number): boolean {
    const start = this.position;
    const lineBreaks = fields.reduce((sum, field) => sum + countLineBreaks(field), 0);
    if (lineBreaks > 0 && !this.mayHoldLineBreaks(fields)) return false;
    this.moveTo({ byte: endByte, line: start.line + lineBreaks + 1 });
    if (!isEmptyLine(fields)) this.records.push({ kind: 'record', fields, start, end: this.position });
    return true;
  }

  private moveTo(position: FilePosition): void {
    this.rest = this.rest.subarray(position.byte - this.position.byte);
    this.position = position;
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
