import { Readable } from 'node:stream';
import fc from 'fast-check';
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
});
