import { CsvError, parse, type Parser } from 'csv-parse';

/** Why the text after the last complete record is no CSV. */
export interface CsvFault {
  readonly reason: string;
}

/** The fields of one record, quotes resolved, and where it ends. */
export interface CsvRecord {
  readonly fields: string[];
  /** Offset of the byte after the record and its line end, from the first byte written. */
  readonly endByte: number;
}

/** No row of a stock file is longer; beyond it a quote was not closed, and reading on would fill the memory. */
const MAX_RECORD_CHARACTERS = 64 * 1024;

const REASONS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: `a quote is not closed, or the row is longer than ${MAX_RECORD_CHARACTERS} characters`,
  CSV_QUOTE_NOT_CLOSED: 'a quote is not closed',
  CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE: 'a quote is not closed, or text follows a closing quote',
};

/**
 * csv-parse, piece by piece. The records of a piece stand in `records` when `write` has resolved, also the ones before a
 * fault; as a stream it would drop those that were not read yet.
 */
export class CsvRecordParser {
  /** To be emptied by the reader. */
  readonly records: CsvRecord[] = [];
  private readonly parser: Parser;

  constructor() {
    this.parser = parse({
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      // A quote within a field without quotes is text: 12" ruler.
      relax_quotes: true,
      trim: true,
      max_record_size: MAX_RECORD_CHARACTERS,
      on_record: (fields: string[], { bytes }) => {
        this.records.push({ fields, endByte: bytes });
        return null;
      },
    });
    // `write` and `end` report the same error.
    this.parser.on('error', () => undefined);
    this.parser.resume();
  }

  write(piece: Buffer): Promise<CsvFault | undefined> {
    return this.settle((done) => withoutStackTraces(() => this.parser.write(piece, done)));
  }

  /** There is no more: what is left is a record too. */
  end(): Promise<CsvFault | undefined> {
    return this.settle((done) => withoutStackTraces(() => this.parser.end(done)));
  }

  private settle(call: (done: (error?: Error | null) => void) => void): Promise<CsvFault | undefined> {
    return new Promise((resolve, reject) => {
      call((error) => {
        if (!error) resolve(undefined);
        else if (error instanceof CsvError) resolve({ reason: REASONS[error.code] ?? error.message });
        else reject(error);
      });
    });
  }
}

/**
 * csv-parse makes an error for every record that has not as many fields as its first one, also where it is told to let them
 * pass, and finding out where it does takes ten times as long as reading the record.
 */
function withoutStackTraces(parse: () => void): void {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    parse();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
