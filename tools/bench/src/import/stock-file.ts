import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const STORES = 50;
const PIECE_CHARACTERS = 64 * 1024;

/**
 * Writes a stock file as a chain of 50 stores exports it: `store,item,count`, store after store, each with the same items in
 * an order of its own. Every row is good and plain, since the other side of the comparison takes nothing else.
 * @param rows a multiple of 50
 */
export async function writeStockFile(file: string, rows: number): Promise<void> {
  await pipeline(Readable.from(pieces(rows)), createWriteStream(file));
}

function* pieces(rows: number): Generator<string> {
  const items = rows / STORES;
  let text = 'store,item,count\n';
  for (let store = 0; store < STORES; store += 1) {
    for (let index = 0; index < items; index += 1) {
      // A prime step goes through all items, and the counts are those of a shop: one in a hundred is out of stock.
      const item = (index * 7_919 + store) % items;
      text += `Store ${store},item-${item},${(item * 31 + store) % 100}\n`;
      if (text.length < PIECE_CHARACTERS) continue;
      yield text;
      text = '';
    }
  }
  yield text;
}
