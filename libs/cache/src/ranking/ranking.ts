/**
 * Keeps scores of members, period by period, so that the highest of many over any periods are found at once. It follows a
 * store that numbers its changes, and what it forgets can always be built again from there: see `catchUp`.
 *
 * - **Consistency**: `position` says up to which change of the store the ranking is complete. Scores are absolute, so that
 *   telling one twice is telling it once, and they only go on from where the ranking is: of several processes that follow
 *   the same store, one that was overtaken is refused and leaves nothing behind.
 * - **Completeness**: where something is missing, because it is being built or was partly forgotten, there is no `position`
 *   and `top` has no answer. It never answers a part as if it were all.
 * - **Atomicity**: `advance` as a whole. Of scores that a `rebuild` tells page by page, nothing is shown before its end.
 * - **Order**: by score, then by the bytes of the member, both from the highest on. Sums of 0 and less are left out.
 * - **Expiry**: a period is forgotten some time after it began; the adapter's options say when.
 * - **Availability**: a method may reject or take its time; who reads has the store to fall back on.
 * - **Shutdown**: `close` ends connections; after it every call rejects.
 */
export interface Ranking {
  readonly name: string;
  /** The change of the store up to which the ranking is complete; `undefined` when it has to be built. */
  position(): Promise<number | undefined>;
  /**
   * Sets the scores that changed, in one step.
   * @param step `from`: the position after which they changed; `to`: the one up to which these are all of them
   * @returns `false` when the ranking is not at `from` any more: nothing was changed
   */
  advance(scores: readonly PeriodScore[], step: RankingStep): Promise<boolean>;
  /**
   * Forgets everything and builds the ranking from all scores of the store. One does so at a time; a builder that falls
   * silent is given up after a while.
   * @param pages read one after the other; each score as it was at `to` or later
   * @param step `from`: where the ranking is, if it is anywhere
   * @returns `false` when the ranking is not at `from` any more, another one builds it, or has taken over
   * @throws what `pages` throws; the ranking is then not built
   */
  rebuild(pages: AsyncIterable<readonly PeriodScore[]>, step: RebuildStep): Promise<boolean>;
  /**
   * The members with the highest sums over the periods; those of which nothing was told count as empty.
   * @returns `undefined` when the ranking is not complete
   */
  top(periods: readonly number[], limit: number): Promise<Top | undefined>;
  /** Resolves when the ranking answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** The score of a member in a period. */
export interface PeriodScore {
  /** When the period begins, in milliseconds since 1970. */
  readonly period: number;
  readonly member: string;
  /** An integer. */
  readonly score: number;
}

export interface RankingStep {
  readonly from: number;
  readonly to: number;
}

export interface RebuildStep {
  readonly from: number | undefined;
  readonly to: number;
}

export interface Top {
  /** Each score is as it was at this position of the store, or later. */
  readonly position: number;
  readonly members: readonly RankedMember[];
}

export interface RankedMember {
  readonly member: string;
  /** The sum over the periods. */
  readonly score: number;
}
