import { Chunk } from './chunk.js';
import { CommitLine, type CommitAttempt } from './commit-line.js';
import { ExpectationError, NO_EXPECTATION, prepareChunk, type Expectation, type PreparedChunk } from './load-chunk.js';

const ALL_NEW: Expectation = { newItems: false, onlyNewCounts: true };

interface Step {
  readonly chunk: number;
  readonly expected: Expectation;
  lock(): void;
  /** Resolves when the chunk's turn has come. */
  readonly turn: Promise<unknown>;
  end(found?: Expectation): void;
  fail(error: Error): void;
}

/** Chunks that do what the test says, as transactions would. */
class Transactions {
  readonly steps: Step[] = [];
  readonly committed: number[] = [];

  readonly attempt: CommitAttempt = ({ chunk: { rowsBefore } }, expected, turn) =>
    new Promise((resolve, reject) => {
      const come = turn.come();
      come.catch(reject);
      this.steps.push({
        chunk: rowsBefore,
        expected,
        lock: () => turn.onLocked(),
        turn: come,
        end: (found = ALL_NEW) =>
          void come.then(() => {
            this.committed.push(rowsBefore);
            resolve(found);
          }, reject),
        fail: reject,
      });
    });
}

function chunk(number: number): PreparedChunk {
  return prepareChunk(new Chunk({ byte: 0, line: 1 }, number).complete(false));
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  await new Promise(setImmediate);
  const pending = Symbol('pending');
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(pending)])) === pending;
}

describe('the line of chunks that are committed', () => {
  let transactions: Transactions;
  let line: CommitLine;
  beforeEach(() => {
    transactions = new Transactions();
    line = new CommitLine(transactions.attempt);
  });

  it('lets a chunk begin when the one before it has its locks, and have its turn when that one is committed', async () => {
    const first = line.add(chunk(0));
    expect(await isPending(first)).toBe(true);
    transactions.steps[0]!.lock();
    await first;
    const second = line.add(chunk(1));
    expect(transactions.steps).toHaveLength(2);
    transactions.steps[1]!.lock();
    expect(await isPending(transactions.steps[1]!.turn)).toBe(true);
    expect(await isPending(second)).toBe(true);
    transactions.steps[1]!.end();
    transactions.steps[0]!.end();
    await second;
    await line.finish();
    expect(transactions.committed).toEqual([0, 1]);
  });

  it('never has more than two under way', async () => {
    transactions.steps.length = 0;
    const first = line.add(chunk(0));
    transactions.steps[0]!.lock();
    await first;
    const second = line.add(chunk(1));
    transactions.steps[1]!.lock();
    expect(await isPending(second)).toBe(true);
    transactions.steps[0]!.end();
    await second;
    void line.add(chunk(2)).catch(() => undefined);
    expect(transactions.steps).toHaveLength(3);
    expect(transactions.committed).toEqual([0]);
  });

  it('expects of a chunk what the one before it was, as far as that is known', async () => {
    const first = line.add(chunk(0));
    transactions.steps[0]!.lock();
    await first;
    transactions.steps[0]!.end();
    const second = line.add(chunk(1));
    transactions.steps[1]!.lock();
    await second;
    void line.add(chunk(2)).catch(() => undefined);
    expect(transactions.steps.map(({ expected }) => expected)).toEqual([NO_EXPECTATION, NO_EXPECTATION, ALL_NEW]);
  });

  it('makes a chunk that was not as expected again, alone, and then the one after it', async () => {
    const first = line.add(chunk(0));
    transactions.steps[0]!.lock();
    await first;
    const second = line.add(chunk(1));
    transactions.steps[1]!.end();
    transactions.steps[0]!.fail(new ExpectationError());
    await new Promise(setImmediate);
    expect(transactions.steps.map(({ chunk }) => chunk)).toEqual([0, 1, 0]);
    expect(transactions.steps[2]!.expected).toEqual(NO_EXPECTATION);
    transactions.steps[2]!.end();
    await new Promise(setImmediate);
    transactions.steps[3]!.lock();
    await second;
    transactions.steps[3]!.end();
    await line.finish();
    expect(transactions.committed).toEqual([0, 1]);
  });

  it('makes the last chunk again when it was not as expected', async () => {
    const only = line.add(chunk(0));
    transactions.steps[0]!.fail(new ExpectationError());
    await only;
    const finished = line.finish();
    await new Promise(setImmediate);
    transactions.steps[1]!.end();
    await finished;
    expect(transactions.committed).toEqual([0]);
  });

  it('fails with the chunk that fails, commits nothing after it, and leaves nothing under way', async () => {
    const first = line.add(chunk(0));
    transactions.steps[0]!.lock();
    await first;
    const second = line.add(chunk(1));
    transactions.steps[1]!.end();
    transactions.steps[0]!.fail(new Error('no database'));
    await expect(second).rejects.toThrow('no database');
    await line.finish();
    expect(transactions.committed).toEqual([]);
    expect(transactions.steps).toHaveLength(2);
  });
});
