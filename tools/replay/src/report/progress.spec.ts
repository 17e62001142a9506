import { describeProgress, Progress } from './progress.js';

describe('Progress', () => {
  it('shows how far the work is, its rate and the time that is left', () => {
    expect(describeProgress('orders sent', 500, 2_000, 1_000)).toBe(
      'orders sent      ██████·················· 500/2,000 500/s left 3.0 s',
    );
  });

  it('shows the time that it took when all is done', () => {
    expect(describeProgress('x', 10, 10, 2_000)).toMatch(/10\/10 5\/s took 2\.0 s$/);
  });

  it('claims no time left while nothing is done', () => {
    expect(describeProgress('x', 0, 10, 1_000)).toMatch(/0\/10 0\/s$/);
  });

  it('redraws its line on a terminal and writes whole lines elsewhere', () => {
    const written = (isTTY: boolean): string => {
      let text = '';
      new Progress('x', 1, { isTTY, write: (part: string) => (text += part) }).finish(1);
      return text;
    };
    expect(written(true)).toEqual(expect.stringMatching(/^\r.*x .*\n$/));
    expect(written(false)).toMatch(/^x .*\n$/);
  });
});
