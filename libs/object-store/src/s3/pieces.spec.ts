import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { breakOffWhenSilent, piecesOf } from './pieces.js';

describe('Content in pieces', () => {
  const cut = async (content: (string | Buffer)[], pieceBytes: number): Promise<string[]> => {
    const pieces: string[] = [];
    for await (const piece of piecesOf(Readable.from(content), pieceBytes, 100)) pieces.push(piece.toString());
    return pieces;
  };

  it.each([
    [[], ['']],
    [['abc'], ['abc']],
    [['abcd'], ['abcd']],
    [['abcde'], ['abcd', 'e']],
    [['abcdefgh'], ['abcd', 'efgh']],
    [
      ['ab', 'cdefghi', 'j'],
      ['abcd', 'efgh', 'ij'],
    ],
    [
      [Buffer.from('ab'), 'ü', 'x'],
      ['abü', 'x'],
    ],
  ])('has %j in pieces of four bytes as %j', async (content, pieces) => {
    expect(await cut(content, 4)).toEqual(pieces);
  });

  it('ends as soon as it is too large, and leaves the content open', async () => {
    const content = Readable.from(['abc', 'def', 'ghi']);
    const pieces = piecesOf(content, 100, 5);
    await expect(pieces.next()).rejects.toMatchObject({ code: 'OBJECT.TOO_LARGE' });
    expect(content.destroyed).toBe(false);
    expect(await text(content)).toBe('ghi');
  });
});

describe('A stream that must not be silent', () => {
  it('breaks off when it is silent while somebody waits', async () => {
    const source = new PassThrough();
    source.write('beginning');
    await expect(text(breakOffWhenSilent(source, 50))).rejects.toMatchObject({ code: 'OBJECT.UNAVAILABLE' });
    expect(source.destroyed).toBe(true);
  });

  it('does not break off for a reader that takes its time', async () => {
    const stream = breakOffWhenSilent(Readable.from(['a', 'b', 'c'], { highWaterMark: 1 }), 50);
    const read: string[] = [];
    for await (const piece of stream) {
      read.push(String(piece));
      await sleep(100);
    }
    expect(read.join('')).toBe('abc');
  });

  it('ends its source when its reader goes away', () => {
    const source = new PassThrough();
    breakOffWhenSilent(source, 50).destroy();
    expect(source.destroyed).toBe(true);
  });

  it('fails as its source does', async () => {
    const source = new PassThrough();
    const reading = text(breakOffWhenSilent(source, 10_000));
    source.destroy(new Error('broken'));
    await expect(reading).rejects.toThrow('broken');
  });
});
