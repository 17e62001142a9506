import { retryAfterMs } from './retry-after.js';

describe('Retry-After', () => {
  const nowMs = Date.parse('2026-11-21T15:00:00Z');

  it.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ['0', 0],
    ['120', 120_000],
    ['Sat, 21 Nov 2026 15:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 14:00:00 GMT', 0],
    ['soon', undefined],
    ['', undefined],
  ])('%j asks for %j ms', (value, expected) => expect(retryAfterMs(value, nowMs)).toBe(expected));
});
