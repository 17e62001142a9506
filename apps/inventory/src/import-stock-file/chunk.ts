import type { Parsed, StockRow } from '../domain/stock-row.js';
import type { FilePosition, FileRecord } from './file-record.js';

/** A row that was not loaded, and why. */
export interface Rejection {
  readonly line: number;
  readonly reason: string;
}

/** A good row, and the line on which it begins. */
export interface LoadedRow extends StockRow {
  readonly line: number;
}

/** A row about a store and an item of which an earlier row of the file tells already. */
export interface Duplicate {
  readonly line: number;
  readonly firstLine: number;
}

/** When a chunk is full: rows of one transaction, and bytes of the file, since its texts may keep those in memory. */
export interface ChunkLimits {
  readonly rows: number;
  readonly bytes: number;
}

/** The rows of a file that are committed together, sorted by item and store once it is complete. */
export class Chunk {
  readonly rejections: Rejection[] = [];
  /** One for each store and item, the first. */
  readonly rows: LoadedRow[] = [];
  /** Of rows of this chunk. */
  readonly duplicates: Duplicate[] = [];
  /** Whether the file ends with it. */
  isLast = false;
  private position: FilePosition;

  /**
   * @param start where its first row begins
   * @param rowsBefore rows of the file before it
   */
  constructor(
    readonly start: FilePosition,
    readonly rowsBefore: number,
  ) {
    this.position = start;
  }

  /** Rows read, good and bad. */
  get rowsRead(): number {
    return this.rows.length + this.duplicates.length + this.rejections.length;
  }

  /** Where the row after it begins. */
  get end(): FilePosition {
    return this.position;
  }

  isFull({ rows, bytes }: ChunkLimits): boolean {
    return this.rowsRead >= rows || this.position.byte - this.start.byte >= bytes;
  }

  add({ start, end }: FileRecord, row: Parsed<StockRow>): void {
    const { line } = start;
    if (row.ok) this.rows.push({ ...row.value, line });
    else this.rejections.push({ line, reason: row.reason });
    this.position = end;
  }

  /** To be called once, when all rows are in. Sorted rows make the work of the database's indexes lighter. */
  complete(isLast: boolean): this {
    this.isLast = isLast;
    // Sorting is stable: rows of the same store and item stay in the order of their lines.
    const sorted = this.rows.sort((a, b) => compare(a.sku, b.sku) || compare(a.store, b.store));
    let kept = 0;
    for (const row of sorted) {
      const first = sorted[kept - 1];
      if (first?.sku === row.sku && first.store === row.store)
        this.duplicates.push({ line: row.line, firstLine: first.line });
      else sorted[kept++] = row;
    }
    sorted.length = kept;
    return this;
  }

  /** The empty chunk that follows. */
  next(): Chunk {
    return new Chunk(this.position, this.rowsBefore + this.rowsRead);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
