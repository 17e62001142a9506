import fc from 'fast-check';
import { assign, NEWCOMER, type Claim } from './assignment.js';

const claim = (owned: number[], busy: number[] = [], generation = 1): Claim => ({ generation, owned, busy });
const sharesOf = (claims: Record<string, Claim>, count: number): Record<string, number[]> =>
  Object.fromEntries(
    Array.from(assign(new Map(Object.entries(claims)), count), ([member, { shares }]) => [member, [...shares]]),
  );

describe('the shares of a group', () => {
  it('are divided evenly among newcomers', () => {
    expect(sharesOf({ a: NEWCOMER, b: NEWCOMER, c: NEWCOMER }, 7)).toEqual({ a: [0, 1, 2], b: [3, 4], c: [5, 6] });
  });

  it('stay where they are but for what a newcomer needs', () => {
    expect(sharesOf({ a: claim([0, 1, 2]), b: claim([3, 4, 5]), c: NEWCOMER }, 6)).toEqual({
      a: [0, 1],
      b: [3, 4],
      c: [2, 5],
    });
    expect(sharesOf({ b: claim([3, 4]), a: claim([0, 1]) }, 6)).toEqual({ a: [0, 1, 2], b: [3, 4, 5] });
  });

  it('are not taken away while their handler runs, and who has too many is told to come again', () => {
    const claims = new Map([
      ['a', claim([0, 1, 2, 3], [1, 2, 3])],
      ['b', NEWCOMER],
    ]);
    const grants = assign(claims, 4);
    expect(grants.get('a')).toEqual({ shares: [1, 2, 3], surplus: true });
    expect(grants.get('b')).toEqual({ shares: [0], surplus: false });
  });

  it('are those of the latest generation when two members claim the same', () => {
    expect(sharesOf({ late: claim([0, 1], [0], 3), current: claim([0, 1], [], 4), third: NEWCOMER }, 3)).toEqual({
      current: [0],
      late: [1],
      third: [2],
    });
  });

  it('go each to exactly one member, evenly when none is busy, whatever is claimed', () => {
    const arbitraryClaim = fc.record({
      generation: fc.integer({ min: -1, max: 3 }),
      owned: fc.uniqueArray(fc.integer({ min: 0, max: 15 })),
      busyCount: fc.integer({ min: 0, max: 16 }),
    });
    fc.assert(
      fc.property(
        fc.array(arbitraryClaim, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 0, max: 16 }),
        (drawn, count) => {
          const claims = new Map(
            drawn.map(({ generation, owned, busyCount }, index) => [
              `m${index}`,
              claim(owned, owned.slice(0, busyCount), generation),
            ]),
          );
          const sizes = [...assign(claims, count).values()].map(({ shares }) => shares.length);
          const given = [...assign(claims, count).values()].flatMap(({ shares }) => shares);
          expect(given.sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
          if (drawn.every(({ busyCount }) => busyCount === 0)) {
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
