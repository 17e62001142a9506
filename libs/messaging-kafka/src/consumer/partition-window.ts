import { decodeProgress, encodeProgress, type Standing } from './progress.js';

/** A record as it was fetched, of a partition that is this consumer's. */
export interface FetchedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | undefined;
  readonly value: Buffer;
  readonly delayMs: number;
}

/** A record on its way through the consumer. */
export interface Entry extends FetchedRecord {
  readonly window: PartitionWindow;
  state: 'waiting' | 'running' | 'done';
  /** Deliveries that counted, the running one not included. */
  attempts: number;
  /** Those of them, in succession, that ended with the death of a consumer. */
  lost: number;
  /** Milliseconds since the epoch. */
  notBefore: number;
}

/** What a partition holds that is fetched and not done, and what may be committed. */
export class PartitionWindow {
  /** The lowest offset that is not done. */
  #base: number;
  /** The next offset to fetch. */
  #next: number;
  /** In the order of their offsets; those before `#head` are done with. */
  #entries: Entry[] = [];
  #head = 0;
  /** Nothing after it was ever delivered, so that there is nothing to say of it. */
  #lastTouched = -1;
  #changes = 0;
  #committedChanges = 0;
  #bytes = 0;
  #running = 0;
  /** From former owners, for records that are not fetched yet. */
  readonly #known: Map<number, Standing>;

  constructor(
    readonly topic: string,
    readonly partition: number,
    offset: number,
    metadata: string,
  ) {
    this.#base = offset;
    this.#next = offset;
    this.#known = new Map(decodeProgress(offset, metadata).standings);
  }

  get nextOffset(): number {
    return this.#next;
  }

  get isRunning(): boolean {
    return this.#running > 0;
  }

  /** Records that are held. */
  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** Of those that are not done. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Those that are not done, in order. */
  *unfinished(): Generator<Entry> {
    for (let index = this.#head; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index] as Entry;
      if (entry.state !== 'done') yield entry;
    }
  }

  /** @param after the offset of the next fetch: beyond the last record, were it one that is no message */
  append(records: readonly FetchedRecord[], after: number): void {
    for (const record of records) {
      const known = this.#known.get(record.offset);
      if (known) {
        this.#known.delete(record.offset);
        this.#lastTouched = record.offset;
      }
      if (!known?.done) this.#bytes += record.value.length;
      this.#entries.push({
        ...record,
        window: this,
        state: known?.done ? 'done' : 'waiting',
        attempts: known?.attempts ?? 0,
        lost: known?.lost ?? 0,
        notBefore: record.delayMs > 0 ? record.timestampMs + record.delayMs : 0,
      });
    }
    this.#next = after;
    this.#advance();
  }

  /** Goes on at another offset: what was there is gone. */
  skipTo(offset: number): void {
    this.#next = offset;
    this.#advance();
  }

  start(entry: Entry): void {
    this.#touch(entry);
    entry.state = 'running';
    this.#running += 1;
  }

  /** The delivery is over, and the record not done. */
  giveBack(entry: Entry): void {
    this.#touch(entry);
    entry.state = 'waiting';
    this.#running -= 1;
  }

  finish(entry: Entry): void {
    this.#touch(entry);
    if (entry.state === 'running') this.#running -= 1;
    entry.state = 'done';
    this.#bytes -= entry.value.length;
    this.#advance();
  }

  /** What is to be committed; undefined when that is what was committed last. */
  progress(): Progress | undefined {
    if (this.#changes === this.#committedChanges) return undefined;
    const sinceMs = this.#entries[this.#head]?.timestampMs;
    const metadata = encodeProgress(this.#base, sinceMs, this.#standings());
    return { offset: this.#base, metadata, changes: this.#changes };
  }

  /** A commit has succeeded. */
  committed({ changes }: Progress): void {
    this.#committedChanges = changes;
  }

  #touch({ offset }: Entry): void {
    this.#changes += 1;
    if (offset > this.#lastTouched) this.#lastTouched = offset;
  }

  *#standings(): Generator<readonly [number, Standing]> {
    for (let index = this.#head; index < this.#entries.length; index += 1) {
      const { offset, state, attempts, lost } = this.#entries[index] as Entry;
      if (offset > this.#lastTouched) break;
      const running = state === 'running' ? 1 : 0;
      yield [offset, { done: state === 'done', attempts: attempts + running, lost: lost + running }];
    }
    yield* this.#known;
  }

  #advance(): void {
    let entry: Entry | undefined;
    while ((entry = this.#entries[this.#head])?.state === 'done') this.#head += 1;
    const base = entry?.offset ?? this.#next;
    if (base !== this.#base) this.#changes += 1;
    this.#base = base;
    // Not one by one: that would move the whole array each time.
    if (this.#head > 1000 && this.#head * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}

export interface Progress {
  readonly offset: number;
  readonly metadata: string;
  /** How many changes of the window it includes. */
  readonly changes: number;
}
