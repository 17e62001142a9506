import type { PeriodScore, RankedMember, Ranking, RankingStep, RebuildStep, Top } from './ranking.js';

export interface MemoryRankingOptions {
  readonly name: string;
  /** How long after its beginning a period is kept. */
  readonly keepMs: number;
  /** A builder that has told no page for so long has been given up; 5 s by default. */
  readonly builderSilenceMs?: number;
  /** Milliseconds since 1970, for tests; must not go back. */
  readonly now?: () => number;
}

interface Builder {
  untilMs: number;
}

const DEFAULT_BUILDER_SILENCE_MS = 5_000;

/** A ranking in the memory of this process: shared with nobody, gone with the process. */
export function createMemoryRanking(options: MemoryRankingOptions): Ranking {
  return new MemoryRanking(options);
}

class MemoryRanking implements Ranking {
  readonly name: string;
  readonly #keepMs: number;
  readonly #builderSilenceMs: number;
  readonly #now: () => number;
  readonly #periods = new Map<number, Map<string, number>>();
  #position: number | undefined;
  #builder: Builder | undefined;
  #closed = false;

  constructor({
    name,
    keepMs,
    builderSilenceMs = DEFAULT_BUILDER_SILENCE_MS,
    now = () => Date.now(),
  }: MemoryRankingOptions) {
    this.name = name;
    this.#keepMs = keepMs;
    this.#builderSilenceMs = builderSilenceMs;
    this.#now = now;
  }

  async position(): Promise<number | undefined> {
    this.#assertOpen();
    return this.#position;
  }

  async advance(scores: readonly PeriodScore[], { from, to }: RankingStep): Promise<boolean> {
    this.#assertOpen();
    if (this.#position !== from) return false;
    this.#set(scores);
    this.#position = to;
    return true;
  }

  async rebuild(pages: AsyncIterable<readonly PeriodScore[]>, { from, to }: RebuildStep): Promise<boolean> {
    this.#assertOpen();
    if (this.#position !== from || (this.#builder && this.#builder.untilMs > this.#now())) return false;
    const builder = { untilMs: this.#now() + this.#builderSilenceMs };
    this.#builder = builder;
    this.#position = undefined;
    this.#periods.clear();
    try {
      for await (const scores of pages) {
        this.#assertOpen();
        if (this.#builder !== builder) return false;
        this.#set(scores);
        builder.untilMs = this.#now() + this.#builderSilenceMs;
      }
      if (this.#builder !== builder) return false;
      this.#position = to;
      return true;
    } finally {
      if (this.#builder === builder) this.#builder = undefined;
    }
  }

  async top(periods: readonly number[], limit: number): Promise<Top | undefined> {
    this.#assertOpen();
    if (this.#position === undefined) return undefined;
    const sums = new Map<string, number>();
    for (const period of periods) {
      for (const [member, score] of this.#periods.get(period) ?? []) {
        sums.set(member, (sums.get(member) ?? 0) + score);
      }
    }
    const members = [...sums].filter(([, score]) => score > 0).map(([member, score]) => ({ member, score }));
    return { position: this.#position, members: members.sort(highestFirst).slice(0, limit) };
  }

  async ping(): Promise<void> {
    this.#assertOpen();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#periods.clear();
  }

  #set(scores: readonly PeriodScore[]): void {
    for (const { period, member, score } of scores) {
      let members = this.#periods.get(period);
      if (!members) {
        this.#forgetOldPeriods();
        this.#periods.set(period, (members = new Map()));
      }
      members.set(member, score);
    }
  }

  #forgetOldPeriods(): void {
    const oldest = this.#now() - this.#keepMs;
    for (const period of this.#periods.keys()) if (period < oldest) this.#periods.delete(period);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`the ranking "${this.name}" is closed`);
  }
}

function highestFirst(one: RankedMember, other: RankedMember): number {
  return other.score - one.score || Buffer.compare(Buffer.from(other.member), Buffer.from(one.member));
}
