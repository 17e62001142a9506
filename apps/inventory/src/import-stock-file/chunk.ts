import type { Parsed, StockRow } from '../domain/stock-row.js';
import type { FilePosition, FileRecord } from './read-records.js';

/** A row that was not loaded, and why. */
export interface Rejection {
  /** The first row after the header is 1. */
  readonly rowNumber: number;
  readonly line: number;
  readonly reason: string;
}

/** What a chunk says of an item, all its rows together. */
export interface ItemFacts {
  readonly name: string | null;
  readonly unitPriceMinor: number | null;
}

/** The rows of a file that are committed together. Of rows about the same store and item, the last one counts. */
export class Chunk {
  readonly rejections: Rejection[] = [];
  readonly items = new Map<string, ItemFacts>();
  private readonly counts = new Map<string, StockRow>();
  private position: FilePosition;
  private imported = 0;

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
  get rows(): number {
    return this.imported + this.rejections.length;
  }

  get rowsImported(): number {
    return this.imported;
  }

  /** Where the row after it begins. */
  get end(): FilePosition {
    return this.position;
  }

  /** One for each store and item. */
  get stock(): StockRow[] {
    return [...this.counts.values()];
  }

  add(record: FileRecord, row: Parsed<StockRow>): void {
    if (row.ok) this.import(row.value);
    else
      this.rejections.push({ rowNumber: this.rowsBefore + this.rows + 1, line: record.start.line, reason: row.reason });
    this.position = record.end;
  }

  /** The empty chunk that follows. */
  next(): Chunk {
    return new Chunk(this.position, this.rowsBefore + this.rows);
  }

  private import(row: StockRow): void {
    const known = this.items.get(row.sku);
    this.items.set(row.sku, {
      name: row.name ?? known?.name ?? null,
      unitPriceMinor: row.unitPriceMinor ?? known?.unitPriceMinor ?? null,
    });
    // No store or sku holds a control character.
    this.counts.set(`${row.store}\n${row.sku}`, row);
    this.imported += 1;
  }
}
