import type { PeriodScore, RankedMember, Ranking } from '../../ranking/ranking.js';

/** One empty ranking, and what the suite does to it. */
export interface RankingHarness {
  readonly ranking: Ranking;
  /** A connection of its own to the same ranking, as another process would have it; for one that processes share. */
  connect?(): Ranking;
  /** Makes it lose all that it knows, as a restart does; where `forgets` says so. */
  forget?(): Promise<void>;
  /** Lets time pass for the ranking: really, or on its clock. */
  elapse(ms: number): Promise<void>;
}

export interface RankingConformanceOptions {
  /** It can be made to lose everything. */
  readonly forgets: boolean;
  /** How many histories the property tries; 100 by default. */
  readonly runs?: number;
  /** After which time without a page a builder has been given up, in the rankings that `create` makes. */
  readonly builderSilenceMs: number;
  /** Makes an empty ranking that keeps periods for some hours; for each case. */
  create(): RankingHarness | Promise<RankingHarness>;
}

/** What each theme gets. */
export interface RankingSuite {
  readonly options: RankingConformanceOptions;
  /** Runs a case on a ranking of its own. */
  withRanking(test: (harness: RankingHarness) => Promise<void>): () => Promise<void>;
}

const HOUR_MS = 3_600_000;
/** The running hour and those before it: an adapter may have forgotten what is older. */
export const PERIODS: readonly number[] = [0, 1, 2].map((back) => (Math.floor(Date.now() / HOUR_MS) - back) * HOUR_MS);
export const [NOW = 0, BEFORE = 0, LONG_AGO = 0] = PERIODS;

export function aScore(period: number, member: string, score: number): PeriodScore {
  return { period, member, score };
}

export async function* pagesOf(...pages: readonly (readonly PeriodScore[])[]): AsyncGenerator<readonly PeriodScore[]> {
  yield* pages;
}

/** The highest sums, over all periods unless told. */
export async function topOf(ranking: Ranking, periods = PERIODS, limit = 10): Promise<RankedMember[] | undefined> {
  return (await ranking.top(periods, limit))?.members.map(({ member, score }) => ({ member, score }));
}
