import type { PeriodScore, Ranking } from './ranking.js';

/** What a ranking follows: scores whose changes are numbered in the order in which they are committed. */
export interface RankingSource {
  /**
   * The scores that changed after a position, as one snapshot.
   * @param limit of those that are wanted
   */
  changesAfter(position: number, limit: number): Promise<SourceChanges>;
  /** The number of the last change that is committed; 0 when there is none. */
  latest(): Promise<number>;
  /** All scores; each page may be from another moment. */
  pages(): AsyncIterable<readonly PeriodScore[]>;
}

export type SourceChanges =
  /** All of them, up to the last change. */
  | { readonly kind: 'all'; readonly scores: readonly PeriodScore[]; readonly latest: number }
  /** More than were wanted. */
  | { readonly kind: 'too many' }
  /** The position is none of this source: it is another one now, a backup that was restored. */
  | { readonly kind: 'unknown position' };

/** `refused`: another process was faster, or is building. */
export type CatchUp = 'level' | 'advanced' | 'rebuilt' | 'refused';

/** More are rather told page by page than in one step, in which the ranking answers nobody. */
const MAX_SCORES_A_STEP = 5_000;

/**
 * Takes a ranking to where its source is: by what has changed, or by building it when it has forgotten something, lags far
 * behind, or has followed another source. To be called again and again; several processes may.
 * @throws what the ranking and the source throw
 */
export async function catchUp(ranking: Ranking, source: RankingSource): Promise<CatchUp> {
  const position = await ranking.position();
  if (position !== undefined) {
    const changes = await source.changesAfter(position, MAX_SCORES_A_STEP);
    if (changes.kind === 'all') {
      if (changes.latest === position) return 'level';
      const step = { from: position, to: changes.latest };
      return (await ranking.advance(changes.scores, step)) ? 'advanced' : 'refused';
    }
  }
  // Read before the pages, so that each of them is from that moment or later.
  const to = await source.latest();
  return (await ranking.rebuild(source.pages(), { from: position, to })) ? 'rebuilt' : 'refused';
}
