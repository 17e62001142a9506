/** The media type of stock files. */
export const STOCK_FILE_TYPE = 'text/csv';

const KEY = /^stock-files\/([^/]+)\.csv$/;

/** Where a stock file is in the object store. */
export function stockFileKey(id: string): string {
  return `stock-files/${id}.csv`;
}

/** The id of the stock file with this key; `undefined` when the key is of something else. */
export function stockFileIdOf(key: string): string | undefined {
  return KEY.exec(key)?.[1];
}
