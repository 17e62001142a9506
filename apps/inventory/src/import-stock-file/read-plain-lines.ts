import { isAscii } from 'node:buffer';
import { isEmptyLine, type FilePosition, type FileRecord } from './file-record.js';

export interface PlainLines {
  readonly records: FileRecord[];
  /** Behind the last line that was read. */
  readonly end: FilePosition;
  /** What follows is a line for the CSV parser; otherwise one that is not complete yet. */
  readonly needsParser: boolean;
}

/** A longer line goes to the parser, whose limit on records is counted in another way. */
const MAX_LINE_BYTES = 16 * 1024;

/**
 * Reads lines without quotes from the beginning of a buffer, several times as fast as the CSV parser would and with the
 * same result; it stops at a line that has a quote.
 * @param position of the buffer's first byte in the file
 * @param isEnd the file ends with the buffer, so the last line needs no line end
 */
export function readPlainLines(buffer: Buffer, position: FilePosition, isEnd: boolean): PlainLines {
  const quote = buffer.indexOf('"');
  const plain = quote < 0 ? buffer : buffer.subarray(0, quote);
  // A character for each byte, so that offsets in one are offsets in the other; line ends and commas are ASCII.
  const text = plain.toString('latin1');
  const decode = isAscii(plain)
    ? (start: number, end: number) => text.slice(start, end)
    : (start: number, end: number) => plain.toString('utf8', start, end);
  const lines = new LineEnds(text, isEnd || quote >= 0, isEnd && quote < 0);
  const commas = new Finder(text, ',');
  const records: FileRecord[] = [];
  let start = 0;
  let at = position;
  while (start < text.length) {
    const end = lines.endOf(start);
    const next = lines.next;
    if (end === undefined || end - start > MAX_LINE_BYTES) break;
    const fields = splitLine(start, end, commas, decode);
    const after = { byte: position.byte + next, line: at.line + 1 };
    if (!isEmptyLine(fields)) records.push({ kind: 'record', fields, start: at, end: after });
    start = next;
    at = after;
  }
  return { records, end: at, needsParser: quote >= 0 || text.length - start > MAX_LINE_BYTES };
}

function splitLine(
  start: number,
  end: number,
  commas: Finder,
  decode: (start: number, end: number) => string,
): string[] {
  const fields: string[] = [];
  for (let from = start; ;) {
    const comma = commas.from(from);
    const to = Math.min(comma, end);
    // csv-parse trims what `trim` does.
    fields.push(decode(from, to).trim());
    if (comma >= end) return fields;
    from = comma + 1;
  }
}

/** Finds a character again and again, further on each time; each part of the text is searched once. */
class Finder {
  private found = -1;

  constructor(
    private readonly text: string,
    private readonly character: string,
  ) {}

  /** Where the character stands next; infinity when it does not. */
  from(start: number): number {
    if (this.found < start) {
      const index = this.text.indexOf(this.character, start);
      this.found = index < 0 ? Infinity : index;
    }
    return this.found;
  }
}

/** Finds the ends of lines: LF, CRLF, or CR. */
class LineEnds {
  private readonly lineFeeds: Finder;
  private readonly carriageReturns: Finder;
  /** Where the line after the one that was asked for begins. */
  next = 0;

  /**
   * @param isFollowed what comes after the text, if anything, is no LF
   * @param isComplete the text's end ends its last line
   */
  constructor(
    private readonly text: string,
    private readonly isFollowed: boolean,
    private readonly isComplete: boolean,
  ) {
    this.lineFeeds = new Finder(text, '\n');
    this.carriageReturns = new Finder(text, '\r');
  }

  /** Undefined when the line's end is not in the text. */
  endOf(start: number): number | undefined {
    const lineFeed = this.lineFeeds.from(start);
    const carriageReturn = this.carriageReturns.from(start);
    const end = Math.min(lineFeed, carriageReturn);
    if (end === Infinity) {
      this.next = this.text.length;
      return this.isComplete ? this.text.length : undefined;
    }
    this.next = lineFeed === carriageReturn + 1 ? lineFeed + 1 : end + 1;
    if (end === carriageReturn && this.next === this.text.length && lineFeed !== carriageReturn + 1)
      return this.isFollowed ? end : undefined;
    return end;
  }
}
