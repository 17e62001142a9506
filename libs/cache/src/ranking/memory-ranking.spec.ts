import { describeRanking } from '../conformance/index.js';
import { createMemoryRanking } from './memory-ranking.js';

const HOUR_MS = 3_600_000;

describeRanking('The memory ranking', {
  forgets: false,
  builderSilenceMs: 5_000,
  create: () => {
    let nowMs = Date.now();
    return {
      ranking: createMemoryRanking({ name: 'memory', keepMs: 5 * HOUR_MS, now: () => nowMs }),
      elapse: async (ms) => void (nowMs += ms),
    };
  },
});

it('The memory ranking forgets periods whose time is over when a new one begins', async () => {
  let nowMs = 0;
  const ranking = createMemoryRanking({ name: 'memory', keepMs: 2 * HOUR_MS, now: () => nowMs });
  async function* pages(): AsyncGenerator<{ period: number; member: string; score: number }[]> {
    yield [{ period: 0, member: 'old', score: 1 }];
  }
  await ranking.rebuild(pages(), { from: undefined, to: 1 });
  for (const [hour, expected] of [
    [1, ['old', 'new']],
    [2, ['old', 'new']],
    [3, ['new']],
  ] as const) {
    nowMs = hour * HOUR_MS;
    await ranking.advance([{ period: nowMs, member: 'new', score: 1 }], { from: hour, to: hour + 1 });
    const top = await ranking.top([0, nowMs], 10);
    expect(top?.members.map(({ member }) => member)).toEqual(expected);
  }
});
