import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PeriodScore, Ranking } from '@looseleaf/cache';
import { describeRanking, type RankingHarness } from '@looseleaf/cache/conformance';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { ask } from '../testing/ask.js';
import { createRedisRanking } from './redis-ranking.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);
const HOUR_MS = 3_600_000;
const NOW = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
const OPTIONS = { keepMs: 5 * HOUR_MS, builderSilenceMs: 300 };

describeOnRedis('On a server', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await startRedis()));
  afterAll(() => server.stop());

  const connect = (name: string): Ranking => createRedisRanking({ ...OPTIONS, name, url: server.url });
  async function* pages(...scores: PeriodScore[]): AsyncGenerator<PeriodScore[]> {
    yield scores;
  }

  describeRanking('The Redis ranking', {
    forgets: true,
    builderSilenceMs: OPTIONS.builderSilenceMs,
    runs: 40,
    create: (): RankingHarness => {
      const name = randomUUID();
      return {
        ranking: connect(name),
        connect: () => connect(name),
        forget: async () => void (await ask(server.url, 'FLUSHALL')),
        elapse: (ms) => sleep(ms + 2),
      };
    },
  });

  it('notices that a period was evicted, whether it is read or told of, and has to be built', async () => {
    const ranking = connect('evicted');
    const scores = [NOW, NOW - HOUR_MS].map((period) => ({ period, member: 'pen', score: 3 }));
    const evict = (): Promise<unknown> => ask(server.url, 'DEL', `{ranking:evicted}:${NOW}`);
    try {
      await ranking.rebuild(pages(...scores), { from: undefined, to: 1 });
      await evict();
      expect(await ranking.top([NOW - HOUR_MS], 10)).toMatchObject({ position: 1 });
      expect(await ranking.top([NOW, NOW - HOUR_MS], 10)).toBeUndefined();
      expect(await ranking.position()).toBeUndefined();

      await ranking.rebuild(pages(...scores), { from: undefined, to: 1 });
      await evict();
      expect(await ranking.advance([{ period: NOW, member: 'ink', score: 1 }], { from: 1, to: 2 })).toBe(false);
      expect(await ranking.position()).toBeUndefined();
    } finally {
      await ranking.close();
    }
  });

  it('keeps nothing for ever: periods go when their time is over, and the state soon after the last change', async () => {
    const ranking = connect('expiring');
    try {
      await ranking.rebuild(pages({ period: NOW, member: 'pen', score: 3 }), { from: undefined, to: 1 });
      expect(await ask(server.url, 'PEXPIRETIME', `{ranking:expiring}:${NOW}`)).toBe(NOW + OPTIONS.keepMs);
      const restMs = Number(await ask(server.url, 'PTTL', '{ranking:expiring}:state'));
      expect(restMs).toBeGreaterThan(OPTIONS.keepMs - 60_000);
      expect(restMs).toBeLessThanOrEqual(OPTIONS.keepMs);

      // A late correction of what nobody asks for any more leaves nothing behind, and does no harm.
      const old = NOW - 2 * OPTIONS.keepMs;
      for (const from of [1, 2]) {
        const step = { from, to: from + 1 };
        expect(await ranking.advance([{ period: old, member: 'pen', score: 1 }], step)).toBe(true);
      }
      const fields = (await ask(server.url, 'HKEYS', '{ranking:expiring}:state')) as string[];
      expect(fields.sort()).toEqual([String(NOW), 'position']);
      expect(await ask(server.url, 'KEYS', '{ranking:expiring}:*')).toHaveLength(2);
    } finally {
      await ranking.close();
    }
  });

  it('comes back as old as it was persisted, and says so', async () => {
    const persisting = await startRedis({ settings: { appendonly: 'yes', appendfsync: 'always' } });
    const ranking = createRedisRanking({ ...OPTIONS, name: 'persisted', url: persisting.url });
    try {
      await ranking.rebuild(pages({ period: NOW, member: 'pen', score: 3 }), { from: undefined, to: 7 });
      await persisting.kill();
      await persisting.start();
      await eventually(async () =>
        expect(await ranking.top([NOW], 10)).toEqual({ position: 7, members: [{ member: 'pen', score: 3 }] }),
      );
    } finally {
      await ranking.close();
      await persisting.stop();
    }
  });
});
