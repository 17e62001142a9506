import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  eventually,
  isRunning,
  kafkaProgram,
  redisProgram,
  versitygwProgram,
  whereAvailable,
  type ProcessIdentity,
} from '@looseleaf/infra';
import { readState } from '../data-directory/shop-state.js';
import { shopPaths } from '../data-directory/shop-paths.js';
import { readStatus } from '../operate/show-status.js';
import { spawnShop, type SpawnedShop } from '../spawn-shop/spawn-shop.js';

const describeWithServers = await whereAvailable(describe, kafkaProgram, redisProgram, versitygwProgram);

/** Two starts of a shop, on a busy machine. */
const TIMEOUT_MS = 240_000;
const FLAGS = ['--broker', 'kafka', '--cache', 'redis', '--object-store', 's3'];
/** The web tier alone shows what the others would find. */
const REPLICAS = ['--replicas', 'web=1,orders=0,inventory=0,sessions=0,notifier=0'];

describeWithServers('A shop on Kafka, Redis and S3', () => {
  let dataDirectory: string;
  let spawned: SpawnedShop | undefined;
  beforeAll(() => (dataDirectory = mkdtempSync(path.join(tmpdir(), 'looseleaf-test-'))));
  afterAll(async () => {
    await spawned?.stop();
    rmSync(dataDirectory, { recursive: true, force: true });
  });

  const start = async (...flags: string[]): Promise<SpawnedShop> => {
    spawned = await spawnShop({ dataDirectory, arguments: [...flags, ...REPLICAS] });
    return spawned;
  };
  const servers = (): ProcessIdentity[] =>
    spawned!.shop().servers.flatMap(({ process: identity }) => (identity ? [identity] : []));

  it(
    'has servers of its own, with queues on them, and keeps them running until it ends, however it ends',
    async () => {
      const { shop, launcher } = await start(...FLAGS);
      const { backing } = await readStatus(shop());
      expect(backing.map(({ name }) => name)).toEqual(['postgres', 'kafka', 'redis', 's3', 'mail']);
      expect(backing.map(({ pid }) => pid)).not.toContain(undefined);
      const { webUrl, operatorKey } = shop();
      const answer = await fetch(`${webUrl}/v1/queues`, { headers: { authorization: `Bearer ${operatorKey}` } });
      expect(await answer.json()).toMatchObject({
        items: expect.arrayContaining([expect.objectContaining({ queue: 'orders.place', depth: 0 })]),
      });
      const redis = shop().servers.find(({ name }) => name === 'redis')!;
      process.kill(redis.process!.pid, 'SIGKILL');
      await eventually(() =>
        expect(shop().servers).toContainEqual(
          expect.objectContaining({ name: 'redis', address: redis.address, restarts: 1, process: expect.anything() }),
        ),
      );
      const all = servers();
      expect(all).toHaveLength(3);
      launcher.kill('SIGKILL');
      await eventually(() => expect(all.filter(isRunning)).toEqual([]));
    },
    TIMEOUT_MS,
  );

  it(
    'goes on with the same flags only, and leaves none of its servers behind',
    async () => {
      await expect(start()).rejects.toThrow(/SHOP\.MADE_OTHERWISE: .*--broker kafka --kafka-nodes 1 --object-store s3/);
      await start(...FLAGS);
      const all = servers();
      expect(readState(shopPaths(dataDirectory))?.choices).toEqual({
        broker: 'kafka',
        kafkaNodes: 1,
        cache: 'redis',
        objectStore: 's3',
      });
      await spawned!.stop();
      expect(all.filter(isRunning)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
