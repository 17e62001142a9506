import { DONE, encodeMessage, PermanentError } from '@looseleaf/messaging';
import { HeldBatch, type MessageRow } from './held-batch.js';

const envelope = encodeMessage({
  id: '1',
  name: 'x',
  version: 1,
  body: {},
  occurredAt: '2026-11-21T00:00:00Z',
  headers: {},
});
const row = (receiveCount = 1, text = envelope): MessageRow => [null, receiveCount, 1000, text];

describe('HeldBatch', () => {
  it('delivers what it can read, and dead-letters the rest', () => {
    const batch = new HeldBatch('r', [row(), row(1, 'not json'), row(2)]);
    expect(batch.deliveries.map(({ receiveCount }) => receiveCount)).toEqual([1, 2]);
    expect(batch.exceptions([DONE, DONE])).toEqual({
      positions: [2],
      delaysMs: [0],
      errors: ['the envelope is not JSON'],
      permanent: [true],
    });
  });

  it('names failed and released messages by their position', () => {
    const batch = new HeldBatch('r', [row(), row(), row(), row()]);
    const error = new PermanentError('ORDER.EMPTY', 'no lines\0');
    const exceptions = batch.exceptions([
      DONE,
      { kind: 'failed', error, delayMs: 12.3, permanent: true },
      { kind: 'released', delayMs: 5 },
      { kind: 'failed', error: 'text', delayMs: 0 },
    ]);
    expect(exceptions).toEqual({
      positions: [2, 3, 4],
      delaysMs: [13, 5, 0],
      errors: ['ORDER.EMPTY: no lines', null, 'text'],
      permanent: [true, false, false],
    });
  });

  it('backs off further with each delivery, up to half a minute', () => {
    const delayOf = (receiveCount: number) =>
      new HeldBatch('r', [row(receiveCount)]).exceptions([{ kind: 'failed', error: 'x' }]).delaysMs[0]!;
    expect(delayOf(1)).toBeGreaterThanOrEqual(50);
    expect(delayOf(1)).toBeLessThanOrEqual(100);
    expect(delayOf(4)).toBeGreaterThanOrEqual(400);
    expect(delayOf(4)).toBeLessThanOrEqual(800);
    expect(delayOf(60)).toBeLessThanOrEqual(30_000);
  });

  it('is released whole only when every message is', () => {
    const released = { kind: 'released', delayMs: 7 } as const;
    expect(new HeldBatch('r', [row(), row()]).releaseDelayMs([released, { ...released, delayMs: 9 }])).toBe(9);
    expect(new HeldBatch('r', [row(), row()]).releaseDelayMs([released, DONE])).toBeUndefined();
    expect(new HeldBatch('r', [row(), row(1, '?')]).releaseDelayMs([released])).toBeUndefined();
  });
});
