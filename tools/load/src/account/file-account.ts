import { waitUntilImported, type ShopClient } from '@looseleaf/replay';

/** What became of the stock files of a run. */
export interface FileAccount {
  readonly accepted: number;
  readonly imported: number;
  readonly rows: number;
  /** Ids of files that failed, or of which not every row was imported. */
  readonly incomplete: readonly string[];
}

/** @param files rows by id of each file that was accepted */
export async function accountForFiles(shop: ShopClient, files: ReadonlyMap<string, number>): Promise<FileAccount> {
  const incomplete: string[] = [];
  let rows = 0;
  for (const [id, sentRows] of files) {
    const { state, rowsImported } = await waitUntilImported(shop, id);
    rows += rowsImported;
    if (state !== 'imported' || rowsImported !== sentRows) incomplete.push(id);
  }
  return { accepted: files.size, imported: files.size - incomplete.length, rows, incomplete };
}
