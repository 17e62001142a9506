import { BackOff, STABLE_AFTER_MS } from './back-off.js';

describe('BackOff', () => {
  it('doubles the wait with each crash, up to ten seconds', () => {
    const backOff = new BackOff();
    const delays = Array.from({ length: 9 }, () => backOff.nextDelayMs(50));
    expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000]);
  });

  it('begins anew after a stable run', () => {
    const backOff = new BackOff();
    backOff.nextDelayMs(50);
    backOff.nextDelayMs(50);
    expect(backOff.nextDelayMs(STABLE_AFTER_MS)).toBe(100);
    expect(backOff.nextDelayMs(50)).toBe(200);
  });
});
