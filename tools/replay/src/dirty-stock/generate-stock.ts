import { createWriteStream } from 'node:fs';
import { Readable, type Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import type { BadRow, DirtyStockFile } from './dirty-stock-file.js';

/**
 * Writes the file as fast as it is taken, and holds one piece of it.
 * @param manifest where to write a line `line,kind` for each bad row
 */
export async function generateStock(file: DirtyStockFile, out: Writable, manifest?: string): Promise<void> {
  const list = manifest === undefined ? undefined : createWriteStream(manifest);
  list?.write('line,kind\n');
  const note = ({ line, kind }: BadRow): void => void list?.write(`${line},${kind.name}\n`);
  await pipeline(Readable.from(file.pieces(note)), out);
  if (!list) return;
  list.end();
  await finished(list);
}
