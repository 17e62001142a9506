import { Staleness } from './staleness.js';

describe('The age of a read', () => {
  const staleness = new Staleness();
  staleness.answered('pen', 2, 100);
  staleness.answered('pen', 4, 180); // two writers: the answers need not come in order
  staleness.answered('pen', 3, 200);

  it.each([
    ['of the last version', 4, 500, 0],
    ['of a version that nobody has been told of yet', 5, 500, 0],
    ['that began before the newer version was answered', 1, 100, 0],
    ['that missed one version', 3, 500, 320],
    ['that missed several is counted from the first of them', 1, 500, 400],
    ['that missed two is counted from the one that was answered first', 2, 500, 320],
  ])('%s', (_, version, beganAtMs, expected) => {
    expect(staleness.ageMs('pen', version, beganAtMs)).toBe(expected);
  });

  it('is nothing for a key that nobody wrote', () => {
    expect(staleness.ageMs('ink', 1, 500)).toBe(0);
  });
});
