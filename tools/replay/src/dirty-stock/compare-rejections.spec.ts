import { BAD_KINDS } from './bad-rows.js';
import { compareRejections } from './compare-rejections.js';

const negative = BAD_KINDS.find(({ name }) => name === 'negative')!;
const expected = [
  { line: 3, kind: negative },
  { line: 8, kind: negative },
];
const reason = 'count is negative: "-1"';

describe('rejections', () => {
  it('are as expected when just the bad rows are rejected, each for its reason', () => {
    const rejected = [3, 8].map((line) => ({ line, reason }));
    expect(compareRejections(expected, rejected)).toEqual([]);
  });

  it.each([
    ['a bad row that is not rejected', [3], ['line 8 (negative) is not rejected']],
    ['a good row that is', [3, 5, 8], [`line 5 is good and rejected because "${reason}"`]],
    ['a row that is rejected twice', [3, 8, 8], ['line 8 is rejected twice']],
  ])('tell of %s', (_, lines, faults) => {
    expect(
      compareRejections(
        expected,
        lines.map((line) => ({ line, reason })),
      ),
    ).toEqual(faults);
  });

  it('tell of a wrong reason', () => {
    const rejected = [
      { line: 3, reason: 'count is empty' },
      { line: 8, reason },
    ];
    expect(compareRejections(expected, rejected)).toEqual(['line 3 (negative) is rejected because "count is empty"']);
  });
});
