import { Readable } from 'node:stream';
import fc from 'fast-check';
import { CsvRecordParser } from './csv-record-parser.js';
import type { FilePosition, FileRecord } from './file-record.js';
import { firstPosition, readRecords, type RecordSource } from './read-records.js';

const START: FilePosition = { byte: 0, line: 1 };

function sourceOf(content: string | Buffer, pieceBytes = 7): RecordSource {
  const bytes = Buffer.from(content);
  return {
    open: (start) => {
      const pieces: Buffer[] = [];
      for (let at = start; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
      return Promise.resolve(Readable.from(pieces) as AsyncIterable<Buffer>);
    },
    mayHoldLineBreaks: (fields) => !/[\r\n]/.test(fields[0]!),
  };
}

async function read(source: RecordSource, from = START): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for await (const some of readRecords(source, from)) records.push(...some);
  return records;
}

async function summary(content: string): Promise<string[]> {
  return (await read(sourceOf(content))).map((record) =>
    record.kind === 'record'
      ? `${record.start.line}: ${record.fields.join('|')}`
      : `${record.start.line}! ${record.reason}`,
  );
}

describe('reading the records of a file', () => {
  it.each([['\n'], ['\r\n'], ['\r']])(
    'takes lines that end with %j, empty ones left out, the last one with or without',
    async (end) => {
      const expected = ['1: store|item', '2: Berlin|Echo', '5: Paris|Écho, "Dot"'];
      const lines = ['store,item', ' Berlin , Echo', '', '  ', 'Paris,"Écho, ""Dot"""'];
      expect(await summary(lines.join(end))).toEqual(expected);
      expect(await summary(lines.join(end) + end)).toEqual(expected);
    },
  );

  it('takes line breaks within quotes, and counts them', async () => {
    expect(await summary('a,"two\r\nlines"\nb,"x\n\ny"\nc,d')).toEqual(['1: a|two\r\nlines', '3: b|x\n\ny', '6: c|d']);
  });

  it('takes a quote in the middle of a field as it is', async () => {
    expect(await summary('a,12" ruler,3\nb,c"')).toEqual(['1: a|12" ruler|3', '2: b|c"']);
  });

  it('gives up only the line on which a quote is not closed', async () => {
    expect(await summary('a,1\n"b,2\nc,3\nd,4')).toEqual(['1: a|1', '2! a quote is not closed', '3: c|3', '4: d|4']);
    expect(await summary('"a,1\nb,2\nc,"3"\nd,4')).toEqual([
      '1! a quote is not closed, or text follows a closing quote',
      '2: b|2',
      '3: c|3',
      '4: d|4',
    ]);
    expect(await summary('a,1\n"b" x,2\r\nc,3')).toEqual([
      '1: a|1',
      '2! a quote is not closed, or text follows a closing quote',
      '3: c|3',
    ]);
    expect(await summary('"a\r"b\r"c')).toHaveLength(3);
  });

  it('keeps no more of a file than a bounded record', async () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => `${index},x`);
    const records = await read(sourceOf(`"never closed\n${lines.join('\n')}`, 65_536));
    expect(records[0]).toMatchObject({ kind: 'broken', start: { line: 1 } });
    expect(records).toHaveLength(20_001);
    expect(records.at(-1)).toMatchObject({ fields: ['19999', 'x'], start: { line: 20_001 } });
  });

  it('begins after a byte order mark', async () => {
    const source = sourceOf('\uFEFF"store",item', 2);
    const from = await firstPosition(source);
    expect(from).toEqual({ byte: 3, line: 1 });
    expect(await read(source, from)).toMatchObject([{ fields: ['store', 'item'] }]);
    expect(await firstPosition(sourceOf('ab'))).toEqual(START);
    expect(await firstPosition(sourceOf(''))).toEqual(START);
  });

  it('goes on at the end of any record as if it had never stopped, whatever the file and its pieces', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r', ' ', '😀'), maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.integer({ min: 1, max: 80 }),
        fc.integer({ min: 1, max: 80 }),
        async (content, one, two) => {
          const all = await read(sourceOf(content, one));
          expect(await read(sourceOf(content, two))).toEqual(all);
          for (const [index, record] of all.entries()) {
            expect(await read(sourceOf(content, two), record.end)).toEqual(all.slice(index + 1));
          }
        },
      ),
    );
  });

  it('reads a file with lines without quotes exactly as the CSV parser alone would', async () => {
    const parts = [
      'a',
      '12',
      'é',
      '😀',
      '"',
      '""',
      ',',
      ',',
      '\n',
      '\n',
      '\r',
      '\r\n',
      ' ',
      '\t',
      '\f',
      '\u00a0',
      '\0',
      '\ufeff',
    ];
    const bytes = fc
      .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...parts).map((part) => Buffer.from(part)) }, anyByte))
      .map((pieces) => Buffer.concat(pieces));
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 40 }), async (content, pieceBytes) => {
        expect(await read(sourceOf(content, pieceBytes))).toEqual(await readByParserAlone(content));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000])(
    'reads a line of %d bytes as the CSV parser alone would',
    async (bytes) => {
      for (const line of ['x'.repeat(bytes), `${'x,'.repeat(bytes / 2)}y`]) {
        const content = Buffer.from(`a,b\n${line}\nc,d\n${line}`);
        const expected = await readByParserAlone(content);
        for (const pieceBytes of [4_096, 65_536, 1_000_000])
          expect(await read(sourceOf(content, pieceBytes))).toEqual(expected);
      }
    },
  );
});

const anyByte = fc.integer({ min: 0, max: 255 }).map((byte) => Buffer.from([byte]));

/** The rules of `readRecords`, in the shortest way: everything in one piece through csv-parse, from each broken line anew. */
async function readByParserAlone(content: Buffer, start: FilePosition = START): Promise<FileRecord[]> {
  const { mayHoldLineBreaks } = sourceOf(content);
  const records: FileRecord[] = [];
  const parser = new CsvRecordParser();
  let fault = (await parser.write(content.subarray(start.byte))) ?? (await parser.end());
  let position = start;
  for (const { fields, endByte } of parser.records) {
    const lineBreaks = fields.join('').match(/\r\n|\n|\r/g)?.length ?? 0;
    if (lineBreaks > 0 && !mayHoldLineBreaks(fields)) {
      fault = { reason: 'a quote is not closed' };
      break;
    }
    const end = { byte: start.byte + endByte, line: position.line + lineBreaks + 1 };
    if (fields.length > 1 || fields[0]!.trim() !== '') records.push({ kind: 'record', fields, start: position, end });
    position = end;
  }
  if (!fault) return records;
  const [line] = /^[^\r\n]*(\r\n|\n|\r)?/.exec(content.toString('latin1', position.byte))!;
  const end = { byte: position.byte + line.length, line: position.line + 1 };
  records.push({ kind: 'broken', reason: fault.reason, start: position, end });
  return [...records, ...(await readByParserAlone(content, end))];
}
