import { eventually, redisProgram, whereAvailable } from '@looseleaf/infra';
import { createRedisCache } from './redis-cache.js';
import { aNearNode } from './testing/near-node.js';
import { startSentinel } from './testing/servers.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);

describeOnRedis('A cache that Sentinel watches', () => {
  it('goes on with the replica when the master dies, and begins empty there', async () => {
    const { url, servers, stop } = await startSentinel();
    const shared = createRedisCache({ name: 'items', url, silenceMs: 300 });
    const { cache, near } = await aNearNode(shared, 60_000);
    try {
      await cache.write([{ key: 'pen', value: 'old', version: 1, ttlMs: 60_000 }]);
      await eventually(async () => {
        await cache.read('pen');
        expect(await near.read('pen')).toMatchObject({ kind: 'hit', value: expect.stringContaining('old') });
      });
      await servers[0]!.kill();
      await eventually(async () => expect(await cache.read('pen')).toMatchObject({ kind: 'miss' }));
      await cache.write([{ key: 'pen', value: 'new', version: 2, ttlMs: 60_000 }]);
      expect(await cache.read('pen')).toMatchObject({ kind: 'hit', value: 'new' });
    } finally {
      await cache.close();
      await stop();
    }
  });
});
