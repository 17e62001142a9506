import { expect, it } from '@jest/globals';
import { aScore, BEFORE, LONG_AGO, NOW, pagesOf, topOf, type RankingSuite } from './harness.js';

/** What is told, and what of it is shown. */
export function scoreCases({ withRanking }: RankingSuite): void {
  it(
    'has no position and no answer before it is built, not even that there is nothing',
    withRanking(async ({ ranking }) => {
      expect(await ranking.position()).toBeUndefined();
      expect(await ranking.top([NOW], 10)).toBeUndefined();
      expect(await ranking.advance([aScore(NOW, 'pen', 1)], { from: 0, to: 1 })).toBe(false);
      expect(await ranking.position()).toBeUndefined();
    }),
  );

  it(
    'may be built from nothing, and is complete then',
    withRanking(async ({ ranking }) => {
      expect(await ranking.rebuild(pagesOf(), { from: undefined, to: 0 })).toBe(true);
      expect(await ranking.position()).toBe(0);
      expect(await ranking.top([NOW], 10)).toEqual({ position: 0, members: [] });
    }),
  );

  it(
    'sums the scores of the periods that are asked for, the highest first',
    withRanking(async ({ ranking }) => {
      const pages = pagesOf(
        [aScore(NOW, 'pen', 3), aScore(BEFORE, 'ink', 4)],
        [aScore(NOW, 'ink', 1), aScore(LONG_AGO, 'pen', 10)],
      );
      await ranking.rebuild(pages, { from: undefined, to: 7 });
      expect(await ranking.top([NOW, BEFORE, LONG_AGO], 10)).toEqual({
        position: 7,
        members: [
          { member: 'pen', score: 13 },
          { member: 'ink', score: 5 },
        ],
      });
      expect(await topOf(ranking, [NOW, BEFORE])).toEqual([
        { member: 'ink', score: 5 },
        { member: 'pen', score: 3 },
      ]);
      expect(await topOf(ranking, [NOW], 1)).toEqual([{ member: 'pen', score: 3 }]);
      expect(await topOf(ranking, [NOW + 1])).toEqual([]);
    }),
  );

  it(
    'orders equal sums by the bytes of their members, whatever these are made of',
    withRanking(async ({ ranking }) => {
      const members = ['a', 'B', 'ä', '😀', '\uFFFD', 'a b', '{a}', '-1', '"', '=x'];
      await ranking.rebuild(pagesOf(members.map((member) => aScore(NOW, member, 5))), { from: undefined, to: 1 });
      const expected = members.map((member) => Buffer.from(member)).sort((one, other) => Buffer.compare(other, one));
      expect((await topOf(ranking, [NOW]))!.map(({ member }) => member)).toEqual(expected.map(String));
    }),
  );

  it(
    'leaves out sums of 0 and less, though their parts count',
    withRanking(async ({ ranking }) => {
      const pages = pagesOf([
        aScore(NOW, 'taken back', 0),
        aScore(NOW, 'below', -2),
        aScore(BEFORE, 'below', 1),
        aScore(NOW, 'above', -2),
        aScore(BEFORE, 'above', 3),
      ]);
      await ranking.rebuild(pages, { from: undefined, to: 1 });
      expect(await topOf(ranking)).toEqual([{ member: 'above', score: 1 }]);
      expect(await topOf(ranking, [NOW])).toEqual([]);
    }),
  );

  it(
    'sets scores as they are told, once or twice, and goes on from there',
    withRanking(async ({ ranking }) => {
      await ranking.rebuild(pagesOf([aScore(NOW, 'pen', 3)]), { from: undefined, to: 1 });
      expect(await ranking.advance([aScore(NOW, 'pen', 5), aScore(BEFORE, 'ink', 1)], { from: 1, to: 4 })).toBe(true);
      expect(await ranking.position()).toBe(4);
      const after = [
        { member: 'pen', score: 5 },
        { member: 'ink', score: 1 },
      ];
      expect(await topOf(ranking)).toEqual(after);
      expect(await ranking.advance([aScore(NOW, 'pen', 5)], { from: 4, to: 5 })).toBe(true);
      expect(await topOf(ranking)).toEqual(after);
    }),
  );

  it(
    'refuses to go on from where it is not, and changes nothing',
    withRanking(async ({ ranking }) => {
      await ranking.rebuild(pagesOf([aScore(NOW, 'pen', 3)]), { from: undefined, to: 5 });
      for (const from of [4, 6]) {
        expect(await ranking.advance([aScore(NOW, 'pen', 1)], { from, to: 7 })).toBe(false);
        expect(await ranking.rebuild(pagesOf(), { from, to: 7 })).toBe(false);
      }
      expect(await ranking.rebuild(pagesOf(), { from: undefined, to: 7 })).toBe(false);
      expect(await ranking.top([NOW], 10)).toEqual({ position: 5, members: [{ member: 'pen', score: 3 }] });
    }),
  );

  it(
    'takes thousands of scores in one step',
    withRanking(async ({ ranking }) => {
      const scores = Array.from({ length: 5_000 }, (_, index) => aScore(NOW, `item ${index}`, index));
      await ranking.rebuild(pagesOf(scores, [aScore(BEFORE, 'item 1', 1)]), { from: undefined, to: 1 });
      const raised = scores.map((score) => ({ ...score, score: score.score + 1 }));
      expect(await ranking.advance(raised, { from: 1, to: 2 })).toBe(true);
      expect(await topOf(ranking, [NOW], 2)).toEqual([
        { member: 'item 4999', score: 5_000 },
        { member: 'item 4998', score: 4_999 },
      ]);
      expect(await topOf(ranking, [NOW], 5_000)).toHaveLength(5_000);
    }),
  );
}
