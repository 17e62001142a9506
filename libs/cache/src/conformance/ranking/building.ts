import { expect, it } from '@jest/globals';
import type { PeriodScore, Ranking } from '../../ranking/ranking.js';
import { aScore, BEFORE, NOW, pagesOf, topOf, type RankingSuite } from './harness.js';

/** Pages that come when the test says so. */
class HeldPages {
  readonly #pages: readonly (readonly PeriodScore[])[];
  #reached: () => void = () => undefined;
  #release: () => void = () => undefined;
  /** The builder has told the first page and waits for the second. */
  readonly reached = new Promise<void>((resolve) => (this.#reached = resolve));
  readonly #released = new Promise<void>((resolve) => (this.#release = resolve));

  constructor(...pages: readonly (readonly PeriodScore[])[]) {
    this.#pages = pages;
  }

  release(): void {
    this.#release();
  }

  async *read(): AsyncGenerator<readonly PeriodScore[]> {
    const [first = [], ...rest] = this.#pages;
    yield first;
    this.#reached();
    await this.#released;
    yield* rest;
  }
}

export function buildingCases({ options, withRanking }: RankingSuite): void {
  const heldBuild = async (ranking: Ranking, pages: HeldPages, from?: number): Promise<Promise<boolean>[]> => {
    const built = ranking.rebuild(pages.read(), { from, to: 2 });
    await pages.reached;
    return [built]; // in a list, so that it is not waited for
  };

  it(
    'forgets what it had when it is built again',
    withRanking(async ({ ranking }) => {
      const old = [aScore(NOW, 'pen', 9), aScore(BEFORE, 'ink', 9)];
      await ranking.rebuild(pagesOf(old), { from: undefined, to: 100 });
      expect(await ranking.rebuild(pagesOf([aScore(NOW, 'cap', 1)]), { from: 100, to: 3 })).toBe(true);
      expect(await ranking.position()).toBe(3);
      expect(await topOf(ranking)).toEqual([{ member: 'cap', score: 1 }]);
      await ranking.advance([aScore(BEFORE, 'cup', 1)], { from: 3, to: 4 });
      expect(await topOf(ranking, [BEFORE])).toEqual([{ member: 'cup', score: 1 }]);
    }),
  );

  it(
    'has no answer while it is built, goes on from nowhere, and has one builder',
    withRanking(async ({ ranking }) => {
      await ranking.rebuild(pagesOf([aScore(NOW, 'pen', 9)]), { from: undefined, to: 1 });
      const pages = new HeldPages([aScore(NOW, 'pen', 1)], [aScore(NOW, 'ink', 2)]);
      const [built] = await heldBuild(ranking, pages, 1);
      expect(await ranking.position()).toBeUndefined();
      expect(await ranking.top([NOW], 10)).toBeUndefined();
      expect(await ranking.advance([], { from: 1, to: 2 })).toBe(false);
      expect(await ranking.rebuild(pagesOf(), { from: undefined, to: 9 })).toBe(false);
      pages.release();
      expect(await built).toBe(true);
      expect(await ranking.top([NOW], 10)).toEqual({
        position: 2,
        members: [
          { member: 'ink', score: 2 },
          { member: 'pen', score: 1 },
        ],
      });
    }),
  );

  it(
    'is built by another when its builder is silent; what that one tells later is left out',
    withRanking(async ({ ranking, elapse }) => {
      const pages = new HeldPages([aScore(NOW, 'early', 1)], [aScore(NOW, 'late', 2)]);
      const [built] = await heldBuild(ranking, pages);
      await elapse(options.builderSilenceMs);
      expect(await ranking.rebuild(pagesOf([aScore(NOW, 'pen', 3)]), { from: undefined, to: 3 })).toBe(true);
      pages.release();
      expect(await built).toBe(false);
      expect(await ranking.top([NOW], 10)).toEqual({ position: 3, members: [{ member: 'pen', score: 3 }] });
    }),
  );

  it(
    'is not built when its pages cannot be read, says why, and can be built at once',
    withRanking(async ({ ranking }) => {
      async function* broken(): AsyncGenerator<readonly PeriodScore[]> {
        yield [aScore(NOW, 'pen', 1)];
        throw new Error('the store is away');
      }
      await expect(ranking.rebuild(broken(), { from: undefined, to: 1 })).rejects.toThrow('the store is away');
      expect(await ranking.position()).toBeUndefined();
      expect(await ranking.top([NOW], 10)).toBeUndefined();
      expect(await ranking.rebuild(pagesOf(), { from: undefined, to: 1 })).toBe(true);
      expect(await topOf(ranking)).toEqual([]);
    }),
  );

  (options.forgets ? it : it.skip)(
    'is not complete when it forgets everything, nor when it forgets while it is built',
    withRanking(async ({ ranking, forget }) => {
      await ranking.rebuild(pagesOf([aScore(NOW, 'pen', 1)]), { from: undefined, to: 1 });
      await forget!();
      expect([await ranking.position(), await ranking.top([NOW], 10)]).toEqual([undefined, undefined]);
      const pages = new HeldPages([aScore(NOW, 'pen', 1)], [aScore(NOW, 'ink', 2)]);
      const [built] = await heldBuild(ranking, pages);
      await forget!();
      pages.release();
      expect(await built).toBe(false);
      expect([await ranking.position(), await ranking.top([NOW], 10)]).toEqual([undefined, undefined]);
    }),
  );

  it(
    'rejects every call once it is closed',
    withRanking(async ({ ranking }) => {
      await ranking.ping();
      await ranking.close();
      await expect(ranking.position()).rejects.toThrow();
      await expect(ranking.top([NOW], 10)).rejects.toThrow();
      await expect(ranking.advance([], { from: 0, to: 1 })).rejects.toThrow();
      await expect(ranking.rebuild(pagesOf(), { from: undefined, to: 1 })).rejects.toThrow();
      await expect(ranking.ping()).rejects.toThrow();
    }),
  );
}
