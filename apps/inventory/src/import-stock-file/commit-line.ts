import type { Turn } from './commit-chunk.js';
import { ExpectationError, NO_EXPECTATION, type Expectation, type PreparedChunk } from './load-chunk.js';

/** Makes a chunk's transaction. @returns what the chunk turned out to be */
export type CommitAttempt = (prepared: PreparedChunk, expected: Expectation, turn: Turn) => Promise<Expectation>;

interface Commit {
  readonly prepared: PreparedChunk;
  /** Or has failed. */
  readonly isLocked: Promise<void>;
  readonly found: Promise<Expectation>;
}

/**
 * Commits the chunks of a file in their order, two at a time: while the database finishes one, it writes the rows of the
 * next one on another connection.
 *
 * A chunk begins when the one before it has all its locks, so that never an earlier one waits for a later one. Before it
 * touches the file's progress it waits until the earlier one is committed, and should that one fail, it has no effect
 * either. A chunk that was not as expected is made again alone, and then the one after it.
 */
export class CommitLine {
  private expected = NO_EXPECTATION;
  private last: Commit | undefined;

  constructor(private readonly attempt: CommitAttempt) {}

  /** Resolves when the next chunk may come. @throws what the chunk, or the one before it, failed with; nothing is under way then */
  async add(prepared: PreparedChunk): Promise<void> {
    const before = this.last;
    this.last = this.begin(prepared, before?.found);
    if (before && !(await this.isCommitted(before))) {
      await this.withdraw();
      await this.commitAgain(before.prepared);
      this.last = this.begin(prepared);
    }
    await this.last?.isLocked;
  }

  /** Resolves when every chunk is committed. */
  async finish(): Promise<void> {
    const { last } = this;
    this.last = undefined;
    if (last && !(await this.isCommitted(last))) await this.commitAgain(last.prepared);
  }

  private begin(prepared: PreparedChunk, before: Promise<unknown> = Promise.resolve()): Commit {
    let onLocked!: () => void;
    const locked = new Promise<void>((resolve) => (onLocked = resolve));
    const found = this.attempt(prepared, this.expected, { onLocked, come: () => before });
    return { prepared, found, isLocked: Promise.race([locked, settled(found)]) };
  }

  /** False when it was not as expected. */
  private async isCommitted({ found }: Commit): Promise<boolean> {
    try {
      this.expected = await found;
      return true;
    } catch (error) {
      if (error instanceof ExpectationError) return false;
      await this.withdraw();
      throw error;
    }
  }

  /** The last one has failed with the one before it: waits until nothing is left of it. */
  private async withdraw(): Promise<void> {
    await settled(this.last?.found);
    this.last = undefined;
  }

  private async commitAgain(prepared: PreparedChunk): Promise<void> {
    const turn: Turn = { onLocked: () => undefined, come: () => Promise.resolve() };
    this.expected = await this.attempt(prepared, NO_EXPECTATION, turn);
  }
}

/** Resolves however it ends; who needs to know awaits the promise itself. */
async function settled(promise: Promise<unknown> | undefined): Promise<void> {
  await Promise.allSettled([promise]);
}
