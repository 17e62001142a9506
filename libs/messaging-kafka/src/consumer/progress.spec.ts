import { decodeProgress, encodeProgress, type Standing } from './progress.js';

const done: Standing = { done: true, attempts: 0, lost: 0 };
const never: Standing = { done: false, attempts: 0, lost: 0 };
const running: Standing = { done: false, attempts: 1, lost: 1 };
const failed: Standing = { done: false, attempts: 2, lost: 0 };

const from = (base: number, standings: readonly Standing[]): [number, Standing][] =>
  standings.map((standing, index) => [base + index, standing]);

describe('the progress that is committed with an offset', () => {
  it('says how each message after it stands that was delivered, and when the first was sent', () => {
    const standings = from(1000, [running, running, done, never, failed, done, done]);
    const text = encodeProgress(1000, 1_763_000_000_000, standings);
    expect(text).toBe('1@mhwsoi68;0-1:1.1;2;4:2.0;5-6');
    const decoded = decodeProgress(1000, text);
    expect(decoded.sinceMs).toBe(1_763_000_000_000);
    expect([...decoded.standings]).toEqual(standings.filter(([, standing]) => standing !== never));
  });

  it('is empty when there is nothing to say', () => {
    expect(encodeProgress(7, undefined, from(7, [never, never]))).toBe('');
    expect(decodeProgress(7, '')).toEqual({ sinceMs: undefined, standings: new Map() });
  });

  it('takes little room for many messages that stand alike', () => {
    const text = encodeProgress(0, undefined, from(0, Array<Standing>(10_000).fill(running)));
    expect(text.length).toBeLessThan(20);
    expect(decodeProgress(0, text).standings.size).toBe(10_000);
  });

  it('leaves out from the end what Kafka would not take', () => {
    const text = encodeProgress(
      0,
      1,
      from(
        0,
        Array.from({ length: 6000 }, (_, index) => (index % 2 ? done : never)),
      ),
    );
    expect(text.length).toBeLessThanOrEqual(4096);
    const { standings } = decodeProgress(0, text);
    expect(standings.size).toBeGreaterThan(500);
    expect([...standings.keys()]).toEqual(Array.from({ length: standings.size }, (_, index) => index * 2 + 1));
  });

  it('is nothing when somebody else wrote the text', () => {
    expect(decodeProgress(0, 'committed by a script').standings.size).toBe(0);
    expect(decodeProgress(0, '2;0-5').standings.size).toBe(0);
  });
});
