import { BAD_BYTE, BAD_KINDS, DUPLICATE, type BadKind } from './bad-rows.js';
import { goodRow, HEADER } from './good-rows.js';
import { Random } from './random.js';
import { factsOf, indexOf, type FactsSource, type StockFacts } from './stock-facts.js';

export interface DirtyStockOptions {
  readonly rows: number;
  /** Share of bad rows, at most a half: one in every 1/share, rounded to whole rows. 0: none. */
  readonly badShare: number;
  readonly seed: number;
}

/** A bad row: the line on which it begins (the header is on line 1), and in which way it is bad. */
export interface BadRow {
  readonly line: number;
  readonly kind: BadKind;
}

const BYTE_ORDER_MARK = '\uFEFF';
const PIECE_CHARACTERS = 64 * 1024;
/** A byte that UTF-8 never has. */
const INVALID = Buffer.from([0xff]);
/** Where the numbers for each purpose begin, so that none follows from another. */
const FORM_PLACES = 0x10000000;
const BLOCK_PLACES = 0x20000000;
const EARLIER_PLACES = 0x30000000;

/**
 * A stock file as it might come from careless hands: some rows are bad, each in one known way, the good ones are written
 * in all the ways that CSV allows. The same options make the same file, byte by byte.
 */
export class DirtyStockFile {
  /** What its skus begin with. Those of a file with other options do not, so that several can be in one shop. */
  readonly skuPrefix: string;
  private readonly rowsPerBad: number;
  private readonly source: FactsSource;

  constructor(readonly options: DirtyStockOptions) {
    const { rows, badShare, seed } = options;
    this.rowsPerBad = badShare > 0 ? Math.round(1 / badShare) : Infinity;
    this.skuPrefix = `S${seed}-${rows}-${badShare > 0 ? this.rowsPerBad : 0}-`;
    this.source = { seed, skuPrefix: this.skuPrefix };
  }

  /** The file in pieces; `onBadRow` is called in the order of the lines. */
  *pieces(onBadRow: (row: BadRow) => void): Generator<Buffer> {
    let text = BYTE_ORDER_MARK + HEADER;
    let nextLine = 2;
    for (let index = 0; index < this.options.rows; index += 1) {
      const kind = this.badKindOf(index);
      const row = this.write(index, kind);
      if (kind) onBadRow({ line: nextLine, kind });
      nextLine += countLines(row);
      text += row;
      if (text.length < PIECE_CHARACTERS) continue;
      yield encode(text);
      text = '';
    }
    yield encode(text);
  }

  /** What the good row about a store and an item says; undefined when there is none. */
  goodFactsAbout(store: string, sku: string): { index: number; facts: StockFacts } | undefined {
    const index = indexOf(this.source, store, sku);
    const facts = index === undefined ? undefined : this.goodFactsOf(index);
    return facts && { index: index!, facts };
  }

  /** What a good row says; undefined for a bad one, and beyond the last row. */
  goodFactsOf(index: number): StockFacts | undefined {
    const isThere = index >= 0 && index < this.options.rows;
    return isThere && !this.badKindOf(index) ? factsOf(this.source, index) : undefined;
  }

  private write(index: number, kind: BadKind | undefined): string {
    const random = new Random(this.options.seed, FORM_PLACES + index);
    if (!kind) return goodRow(factsOf(this.source, index), random);
    return kind.write(factsOf(this.source, kind === DUPLICATE ? this.goodBefore(index)! : index), random);
  }

  /** The kinds take turns, one in each block. */
  private badKindOf(index: number): BadKind | undefined {
    if (!this.isBad(index)) return undefined;
    const kind = BAD_KINDS[Math.floor(index / this.rowsPerBad) % BAD_KINDS.length]!;
    // Without a good row before it there is nothing to repeat.
    return kind === DUPLICATE && this.goodBefore(index) === undefined ? BAD_KINDS[1] : kind;
  }

  /** One row of each block is, anywhere in it. */
  private isBad(index: number): boolean {
    if (this.rowsPerBad === Infinity) return false;
    const block = Math.floor(index / this.rowsPerBad);
    return index % this.rowsPerBad === new Random(this.options.seed, BLOCK_PLACES + block).below(this.rowsPerBad);
  }

  /** A good row somewhere before, near or far. */
  private goodBefore(index: number): number | undefined {
    const start = new Random(this.options.seed, EARLIER_PLACES + index).below(Math.max(index, 1));
    for (let earlier = start; earlier >= 0; earlier -= 1) if (!this.isBad(earlier)) return earlier;
    return undefined;
  }
}

function countLines(text: string): number {
  return text.match(/\r\n|\n|\r/g)!.length;
}

function encode(text: string): Buffer {
  const [first, ...others] = text.split(BAD_BYTE).map((part) => Buffer.from(part));
  return Buffer.concat([first!, ...others.flatMap((part) => [INVALID, part])]);
}
