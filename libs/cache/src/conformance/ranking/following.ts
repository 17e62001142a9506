import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { catchUp, type RankingSource, type SourceChanges } from '../../ranking/catch-up.js';
import type { PeriodScore, RankedMember, Ranking } from '../../ranking/ranking.js';
import { aScore, PERIODS, topOf, type RankingHarness, type RankingSuite } from './harness.js';

const DEFAULT_RUNS = 100;
const MEMBERS = ['pen', 'ink', 'cap'];
const FOLLOWERS = 3;

interface Cell extends PeriodScore {
  readonly version: number;
}

/** Scores with all their history; `turn` is where another process may come in between. */
class StoreModel implements RankingSource {
  readonly #history: Cell[] = [];
  #version = 0;

  constructor(private readonly turn: () => Promise<unknown>) {}

  change(period: number, member: string, difference: number): void {
    const score = (this.#cells().get(keyOf(period, member))?.score ?? 0) + difference;
    this.#version += 1;
    this.#history.push({ ...aScore(period, member, score), version: this.#version });
  }

  /** A backup comes back: everything after `version` never happened. */
  restore(version: number): void {
    this.#version = Math.min(version, this.#version);
    this.#history.splice(0, Infinity, ...this.#history.filter((cell) => cell.version <= version));
  }

  async changesAfter(position: number, limit: number): Promise<SourceChanges> {
    await this.turn();
    if (position > this.#version) return { kind: 'unknown position' };
    const scores = [...this.#cells().values()].filter(({ version }) => version > position);
    const latest = this.#version;
    await this.turn();
    // So few, that the model builds it again from time to time.
    return scores.length > Math.min(limit, 4) ? { kind: 'too many' } : { kind: 'all', scores, latest };
  }

  async latest(): Promise<number> {
    const latest = this.#version;
    await this.turn();
    return latest;
  }

  async *pages(): AsyncGenerator<readonly PeriodScore[]> {
    for (const period of PERIODS) {
      await this.turn();
      const page = [...this.#cells().values()].filter((cell) => cell.period === period);
      await this.turn();
      yield page;
    }
  }

  top(): RankedMember[] {
    const sums = MEMBERS.map((member) => ({
      member,
      score: PERIODS.reduce((sum, period) => sum + (this.#cells().get(keyOf(period, member))?.score ?? 0), 0),
    }));
    return sums
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score || (one.member < other.member ? 1 : -1));
  }

  /** What a member may have in a period in a ranking that is at `position`: what it had then, or later. */
  possible(period: number, member: string, position: number): number[] {
    const scores = this.#history.filter((cell) => cell.period === period && cell.member === member);
    const before = scores.filter(({ version }) => version <= position).at(-1)?.score ?? 0;
    return [before, ...scores.filter(({ version }) => version > position).map(({ score }) => score)];
  }

  #cells(): Map<string, Cell> {
    return new Map(this.#history.map((cell) => [keyOf(cell.period, cell.member), cell]));
  }
}

function keyOf(period: number, member: string): string {
  return `${period} ${member}`;
}

type Event =
  | { readonly kind: 'change'; readonly period: number; readonly member: string; readonly difference: number }
  | { readonly kind: 'catch up'; readonly follower: number }
  | { readonly kind: 'look' }
  | { readonly kind: 'forget' };

/** Several processes take the ranking after one store, stand still anywhere in between, and the ranking may forget. */
export function followingCases({ options, withRanking }: RankingSuite): void {
  const numRuns = options.runs ?? DEFAULT_RUNS;

  it('never shows what is older than its position, and is what the store has in the end', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(anEvent(options.forgets), { minLength: 5, maxLength: 25 }),
        (scheduler, events) => withRanking((harness) => live(harness, scheduler, events))(),
      ),
      { numRuns },
    );
  });

  it(
    'is built anew when its store has become another one',
    withRanking(async ({ ranking }) => {
      const store = new StoreModel(async () => undefined);
      for (let change = 0; change < 9; change += 1) store.change(PERIODS[0]!, 'pen', 1);
      expect(await catchUp(ranking, store)).toBe('rebuilt');
      store.restore(4);
      expect(await catchUp(ranking, store)).toBe('rebuilt');
      expect(await ranking.top(PERIODS, 10)).toEqual({ position: 4, members: [{ member: 'pen', score: 4 }] });
      expect(await catchUp(ranking, store)).toBe('level');
    }),
  );

  async function live(harness: RankingHarness, scheduler: fc.Scheduler, events: readonly Event[]): Promise<void> {
    const store = new StoreModel(() => scheduler.schedule(Promise.resolve()));
    const peers = Array.from({ length: FOLLOWERS }, () => harness.connect?.() ?? harness.ranking);
    const busy = new Map<number, Promise<unknown>>();
    try {
      for (const event of events) {
        if (event.kind === 'change') store.change(event.period, event.member, event.difference);
        else if (event.kind === 'look') await look(harness.ranking, store);
        else if (event.kind === 'forget') await harness.forget!();
        else if (!busy.has(event.follower)) {
          const caughtUp = catchUp(peers[event.follower]!, store).finally(() => busy.delete(event.follower));
          caughtUp.catch(() => undefined); // it is waited for below
          busy.set(event.follower, caughtUp);
        }
        if (scheduler.count() > 0) await scheduler.waitOne();
      }
      await scheduler.waitFor(Promise.all(busy.values()));
      await scheduler.waitFor(untilLevel(harness.ranking, store));
      expect(await topOf(harness.ranking)).toEqual(store.top());
    } finally {
      for (const peer of peers) if (peer !== harness.ranking) await peer.close();
    }
  }

  async function look(ranking: Ranking, store: StoreModel): Promise<void> {
    for (const period of PERIODS) {
      const top = await ranking.top([period], MEMBERS.length);
      for (const member of top ? MEMBERS : []) {
        const shown = top!.members.find((ranked) => ranked.member === member)?.score ?? 0;
        const possible = store.possible(period, member, top!.position).map((score) => Math.max(score, 0));
        expect(possible).toContain(shown);
      }
    }
  }
}

async function untilLevel(ranking: Ranking, store: StoreModel): Promise<void> {
  while ((await catchUp(ranking, store)) !== 'level');
}

function anEvent(mayForget: boolean): fc.Arbitrary<Event> {
  const change = fc.record({
    kind: fc.constant('change' as const),
    period: fc.constantFrom(...PERIODS),
    member: fc.constantFrom(...MEMBERS),
    difference: fc.constantFrom(1, 2, 5, -1, -2),
  });
  const follower = fc.record({ kind: fc.constant('catch up' as const), follower: fc.nat(FOLLOWERS - 1) });
  const look = fc.constant({ kind: 'look' as const });
  const forget = fc.constant({ kind: 'forget' as const });
  return fc.oneof(
    { weight: 5, arbitrary: change },
    { weight: 5, arbitrary: follower },
    { weight: 3, arbitrary: look },
    { weight: mayForget ? 1 : 0, arbitrary: forget },
  );
}
