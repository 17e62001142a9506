import { jest } from '@jest/globals';
import { Budget } from './budget.js';
import { deferred } from './testing/deferred.js';

describe('A budget', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('gives each call its own time, though one timer serves all', async () => {
    const budget = new Budget(100);
    const outcomes: string[] = [];
    const start = (name: string, call: () => Promise<void>): void =>
      budget.run(
        call,
        () => outcomes.push(`${name} answered`),
        (error) => outcomes.push(`${name}: ${(error as Error).message}`),
      );
    const late = deferred();
    start('first', () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(60);
    start('second', () => late.promise);
    start('third', () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(99);
    expect(outcomes).toEqual(['first: the cache did not answer within 100 ms']);
    late.resolve();
    await jest.advanceTimersByTimeAsync(1);
    expect(outcomes.slice(1)).toEqual(['second answered', 'third: the cache did not answer within 100 ms']);
    start('fourth', () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(100);
    expect(outcomes).toHaveLength(4);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('passes answers and errors on', async () => {
    const budget = new Budget(100);
    const run = (call: () => Promise<number>): Promise<number> =>
      new Promise((resolve, reject) => budget.run(call, resolve, reject));
    expect(await run(async () => 1)).toBe(1);
    await expect(run(() => Promise.reject(new Error('cache is down')))).rejects.toThrow('cache is down');
  });
});
