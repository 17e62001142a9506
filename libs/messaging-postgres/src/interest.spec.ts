import { jest } from '@jest/globals';
import type { SubscriptionFilter } from '@looseleaf/messaging';
import { Interest } from './interest.js';

let filters: () => Promise<SubscriptionFilter[]>;
let reads: number;
let interest: Interest;

beforeEach(() => {
  jest.useFakeTimers();
  reads = 0;
  filters = () => Promise.resolve([{ events: ['wanted'] }]);
  interest = new Interest(() => {
    reads += 1;
    return filters();
  });
});
afterEach(() => {
  interest.close();
  jest.useRealTimers();
});

/** Asks once, which starts the reading, and lets time pass. */
async function askAndWait(ms: number): Promise<void> {
  interest.wants('anything');
  await jest.advanceTimersByTimeAsync(ms);
}

describe('what is known of the interest in events', () => {
  it('is nothing at first: everything is wanted', async () => {
    expect(interest.wants('anything')).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(interest.wants('anything')).toBe(false);
    expect(interest.wants('wanted')).toBe(true);
  });

  it('stays fresh between rare questions, without one reading for each question', async () => {
    for (let second = 0; second < 8; second += 1) {
      await askAndWait(1_000);
      expect(interest.wants('anything')).toBe(false);
    }
    for (let question = 0; question < 1_000; question += 1) interest.wants('anything');
    expect(reads).toBeLessThan(40);
  });

  it('is given up when nobody asks any more, and is then nothing again', async () => {
    await askAndWait(60_000);
    const readsBefore = reads;
    await jest.advanceTimersByTimeAsync(60_000);
    expect(reads).toBe(readsBefore);
    expect(interest.wants('anything')).toBe(true);
    await jest.advanceTimersByTimeAsync(1);
    expect(interest.wants('anything')).toBe(false);
  });

  it('counts from the start of a reading, however long its answer takes', async () => {
    filters = () => new Promise((resolve) => setTimeout(() => resolve([{ events: [] }]), 1_500));
    for (let tenth = 0; tenth < 50; tenth += 1) {
      await askAndWait(100);
      expect(interest.wants('anything')).toBe(true);
    }
  });

  it('grows too old while the broker is away', async () => {
    await askAndWait(1);
    filters = () => Promise.reject(new Error('away'));
    await askAndWait(900);
    expect(interest.wants('anything')).toBe(false);
    await askAndWait(200);
    expect(interest.wants('anything')).toBe(true);
  });

  it('is that everything is wanted while one subscription names no events', async () => {
    filters = () => Promise.resolve([{ events: ['wanted'] }, { body: { store: ['Leeds'] } }]);
    await askAndWait(1);
    expect(interest.wants('anything')).toBe(true);
  });
});
