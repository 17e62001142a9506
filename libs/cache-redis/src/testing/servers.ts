import { eventually, freePort, startRedis, type RedisServer } from '@looseleaf/infra';
import { ask } from './ask.js';

export interface Servers {
  readonly url: string;
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

const PASSWORD = 'shared';
const SLOTS = 16_384;

/** A master, its replica, and a sentinel that takes the replica when the master is away. */
export async function startSentinel(): Promise<Servers> {
  const settings = { masterauth: PASSWORD };
  const master = await startRedis({ password: PASSWORD, settings });
  const replica = await startRedis({
    password: PASSWORD,
    settings: { ...settings, replicaof: `127.0.0.1 ${master.port}` },
  });
  await eventually(async () =>
    expect(await ask(replica.url, 'INFO', 'replication')).toContain('master_link_status:up'),
  );
  const sentinel = await startRedis({
    password: PASSWORD,
    sentinel: true,
    settings: {
      'sentinel monitor primary': `127.0.0.1 ${master.port} 1`,
      'sentinel auth-pass primary': PASSWORD,
      'sentinel down-after-milliseconds primary': 500,
      'sentinel failover-timeout primary': 3_000,
    },
  });
  const servers = [master, replica, sentinel];
  // It learns of the replica by asking the master, every ten seconds.
  await eventually(
    async () => expect(await ask(sentinel.url, 'SENTINEL', 'replicas', 'primary')).toHaveLength(1),
    30_000,
  );
  return {
    url: `redis+sentinel://:${PASSWORD}@127.0.0.1:${sentinel.port}/primary?sentinel-password=${PASSWORD}`,
    servers,
    stop: () => stopAll(servers),
  };
}

/** Three masters that share the slots. */
export async function startCluster(): Promise<Servers> {
  const servers = await Promise.all(
    Array.from({ length: 3 }, async () =>
      startRedis({
        password: PASSWORD,
        settings: {
          masterauth: PASSWORD,
          'cluster-enabled': 'yes',
          'cluster-port': await freePort(),
          'cluster-node-timeout': 2_000,
        },
      }),
    ),
  );
  const [first, ...others] = servers as [RedisServer, ...RedisServer[]];
  for (const [index, server] of servers.entries()) {
    const [from, to] = [index, index + 1].map((part) => Math.ceil((part * SLOTS) / servers.length));
    await ask(server.url, 'CLUSTER', 'ADDSLOTSRANGE', String(from), String(to! - 1));
  }
  for (const { port, url } of others) {
    const bus = String(await ask(url, 'CONFIG', 'GET', 'cluster-port')).split(',')[1]!;
    await ask(first.url, 'CLUSTER', 'MEET', '127.0.0.1', String(port), bus);
  }
  for (const { url } of servers) {
    await eventually(async () =>
      expect(await ask(url, 'CLUSTER', 'INFO')).toMatch(/cluster_state:ok[^]*known_nodes:3/),
    );
  }
  return {
    url: `redis+cluster://:${PASSWORD}@127.0.0.1:${first.port}`,
    servers,
    stop: () => stopAll(servers),
  };
}

async function stopAll(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}
