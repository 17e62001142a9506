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
      void budget.within(call).then(
        () => outcomes.push(`${name} answered`),
        (error: Error) => outcomes.push(`${name}: ${error.message}`),
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
    expect(await budget.within(async () => 1)).toBe(1);
    await expect(budget.within(() => Promise.reject(new Error('cache is down')))).rejects.toThrow('cache is down');
  });
});
