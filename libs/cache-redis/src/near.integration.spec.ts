import { setImmediate as turn } from 'node:timers/promises';
import { createMemoryCache, createNearCache, WriteThrough, type Cache } from '@looseleaf/cache';
import { deferred, override } from '@looseleaf/cache/testing';
import { eventually, redisProgram, startRedis, whereAvailable, type RedisServer } from '@looseleaf/infra';
import { createRedisCache, type RedisCache } from './index.js';
import { ask } from './testing/ask.js';
import { aNearNode, type NearNode } from './testing/near-node.js';

const describeOnRedis = await whereAvailable(describe, redisProgram);
/** Long enough that a test would notice if anything but an invalidation made a near cache forget. */
const NEAR_TTL_MS = 60_000;
const TTL_MS = 120_000;

describeOnRedis('A near cache in front of Redis', () => {
  let server: RedisServer;
  const opened: Cache[] = [];
  beforeEach(async () => void (server = await startRedis()));
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()));
    await server.stop();
  });

  const open = (): RedisCache => createRedisCache({ name: 'items', url: server.url, silenceMs: 200 });
  const aNode = async (): Promise<NearNode> => {
    const node = await aNearNode(open(), NEAR_TTL_MS);
    opened.push(node.cache);
    return node;
  };

  const aVersion = (version: number) => ({ key: 'pen', value: `v${version}`, version, ttlMs: TTL_MS });
  const valueOf = async (cache: Cache): Promise<string | undefined> => {
    const answer = await cache.read('pen');
    return answer.kind === 'hit' ? answer.value : undefined;
  };
  /** Connections that hear of changes: tracking is on before they subscribe. */
  const clientsThatHear = async (): Promise<unknown> =>
    ((await ask(server.url, 'PUBSUB', 'NUMSUB', '__redis__:invalidate')) as unknown[])[1];
  /** Until it answers from its own memory. */
  const warm = ({ cache, near }: NearNode): Promise<void> =>
    eventually(async () => {
      await cache.read('pen');
      expect(await near.read('pen')).toMatchObject({ kind: 'hit' });
    });

  it('answers from its own memory, and hears of what another process writes, announces or forgets', async () => {
    const [here, there] = [await aNode(), await aNode()];
    await here.cache.write([aVersion(1)]);
    await warm(there);
    await here.cache.write([aVersion(2)]);
    await eventually(async () => expect(await valueOf(there.cache)).toBe('v2'));
    await warm(there);
    await here.cache.announce(['pen'], TTL_MS);
    await eventually(async () => expect(await valueOf(there.cache)).toBeUndefined());
    await here.cache.clear();
    await here.cache.write([{ ...aVersion(3), key: 'ä }:{ b' }]);
    await eventually(async () => expect(await there.cache.read('ä }:{ b')).toMatchObject({ value: 'v3' }));
    await here.cache.invalidate(['ä }:{ b']);
    await eventually(async () => expect(await there.cache.read('ä }:{ b')).toMatchObject({ kind: 'miss' }));
  });

  it('forgets when the server is flushed', async () => {
    const node = await aNode();
    await node.cache.write([aVersion(1)]);
    await warm(node);
    await ask(server.url, 'FLUSHALL');
    await eventually(async () => expect(await node.near.read('pen')).toMatchObject({ kind: 'miss' }));
  });

  it('forgets when its connections break, and hears again of changes afterwards', async () => {
    const [here, there] = [await aNode(), await aNode()];
    await here.cache.write([aVersion(1)]);
    await warm(there);
    await ask(server.url, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(async () => expect(await there.near.read('pen')).toMatchObject({ kind: 'miss' }));
    await eventually(async () => expect(await clientsThatHear()).toBe(2));
    await warm(there);
    await here.cache.write([aVersion(2)]);
    await eventually(async () => expect(await valueOf(there.cache)).toBe('v2'));
  });

  it('forgets when the server is killed or stands still', async () => {
    const node = await aNode();
    await node.cache.write([aVersion(1)]);
    for (const signal of ['SIGSTOP', 'SIGKILL'] as const) {
      await warm(node);
      await server.kill(signal);
      await eventually(async () => expect(await node.near.read('pen')).toMatchObject({ kind: 'miss' }));
      if (signal === 'SIGSTOP') await server.kill('SIGCONT');
    }
    await server.start();
    await eventually(() => node.cache.write([aVersion(1)]));
    await warm(node);
  });

  it('keeps nothing longer than its own time to live, though it hears of nothing', async () => {
    const shared = open();
    const deaf = createNearCache({ near: createMemoryCache({ name: 'near' }), ttlMs: 100, behind: shared });
    const there = open();
    opened.push(deaf, there);
    await there.write([aVersion(1)]);
    await deaf.read('pen');
    await there.write([aVersion(2)]);
    const writtenAt = performance.now();
    await eventually(async () => expect(await valueOf(deaf)).toBe('v2'));
    expect(performance.now() - writtenAt).toBeLessThan(100 + 2_000);
  });

  it('keeps no value near that it had fetched when it heard of its change', async () => {
    const here = await aNode();
    const shared = open();
    const [fetched, mayAnswer] = [deferred(), deferred()];
    const slow = override(shared, {
      read: async (key) => {
        const answer = await shared.read(key);
        fetched.resolve();
        await mayAnswer.promise;
        return answer;
      },
    });
    let heard = 0;
    const near = createMemoryCache({ name: 'near' });
    const onInvalidated: RedisCache['onInvalidated'] = (listener) =>
      shared.onInvalidated((keys) => {
        listener(keys);
        heard += keys?.length ?? 0;
      });
    const there = createNearCache({ near, ttlMs: NEAR_TTL_MS, behind: slow, onInvalidated });
    opened.push(there);
    await eventually(async () => expect(await clientsThatHear()).toBe(2));
    await here.cache.write([aVersion(1)]);
    await eventually(() => expect(heard).toBe(1));
    const reading = valueOf(there);
    await fetched.promise;
    await here.cache.write([aVersion(2)]);
    await eventually(() => expect(heard).toBe(2));
    mayAnswer.resolve();
    expect(await reading).toBe('v1');
    expect(await valueOf(there)).toBe('v2');
  });

  it('never stays behind a writer in another process, however busily it is read', async () => {
    const [here, there] = [await aNode(), await aNode()];
    let committed = 0;
    const stock = new WriteThrough<number>({ cache: here.cache, load: async () => committed, ttlMs: TTL_MS });
    let isOver = false;
    const readers = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        await there.cache.read('pen');
        await turn(); // what is near would leave no time for what comes
      }
    });
    for (let version = 1; version <= 200; version += 1) {
      await stock.write(['pen'], async () => {
        committed = version;
        return { result: undefined, entries: [{ key: 'pen', value: version, version }] };
      });
      await eventually(async () => expect(await valueOf(there.cache)).toBe(`+${version}`));
    }
    isOver = true;
    await Promise.all(readers);
  });
});
