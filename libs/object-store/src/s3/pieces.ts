import { Readable } from 'node:stream';
import { ObjectStoreError } from '../object-store.js';

/**
 * Cuts content into pieces of one size, of which the last may be smaller; there is always one. The content stays open.
 * @throws ObjectStoreError `OBJECT.TOO_LARGE` as soon as there are more than `maxBytes`; the error of the content
 */
export async function* piecesOf(content: Readable, pieceBytes: number, maxBytes: number): AsyncGenerator<Buffer, void> {
  let [parts, held, total]: [Buffer[], number, number] = [[], 0, 0];
  for await (const chunk of content.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer | string>) {
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    total += rest.length;
    if (total > maxBytes) throw new ObjectStoreError('OBJECT.TOO_LARGE', `there are more than ${maxBytes} bytes`);
    while (held + rest.length > pieceBytes) {
      const fitting = rest.subarray(0, pieceBytes - held);
      yield Buffer.concat([...parts, fitting], pieceBytes);
      rest = rest.subarray(fitting.length);
      [parts, held] = [[], 0];
    }
    parts.push(rest);
    held += rest.length;
  }
  yield Buffer.concat(parts, held);
}

/**
 * Gives what a stream gives, and breaks off when that is silent for too long while somebody waits for it. How long the
 * reader takes does not count.
 */
export function breakOffWhenSilent(source: Readable, silentMs: number): Readable {
  const pieces = source[Symbol.asyncIterator]();
  return new Readable({
    read() {
      const timer = setTimeout(() => {
        this.destroy(new ObjectStoreError('OBJECT.UNAVAILABLE', `the object store is silent for ${silentMs} ms`));
      }, silentMs);
      pieces
        .next()
        .then(
          ({ done, value }) => this.push(done === true ? null : value),
          (error: Error) => this.destroy(error),
        )
        .finally(() => clearTimeout(timer));
    },
    destroy(error, callback) {
      source.destroy();
      callback(error);
    },
  });
}
