import path from 'node:path';
import { kafkaProgram, redisProgram, versitygwProgram, whereAvailable, type ProcessIdentity } from '@looseleaf/infra';
import { REPOSITORY, type RunningShop } from '@looseleaf/launcher';
import { replay, type ReplayOptions } from '@looseleaf/replay';
import {
  BROKER_CALLS,
  expectAtMostTheseToFail,
  expectNoOrderToWait,
  expectNothingLost,
  expectRefusalsToSayWhen,
  type MayFail,
} from '../support/expectations.js';
import { endure, untilWhole } from '../support/outage.js';
import { kill, serviceProcess, signal } from '../support/processes.js';
import { flushRedis } from '../support/redis.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const ON = ['--broker', 'kafka', '--kafka-nodes', '3', '--cache', 'redis', '--object-store', 's3'];
/** Longer than callers wait, and than a group takes to notice that a member is gone. */
const A_WHILE_MS = 8_000;
const FILES: MayFail = {
  'send stock file': [503],
  // Of one that nobody has begun to import, only the object store knows.
  'read stock file': [503],
  'prepare upload': [503],
  'put upload': [0, 503],
};

/** Two days of it, in twenty seconds: data/README.md says where it is from. */
const TRADE: ReplayOptions = {
  file: path.join(REPOSITORY, 'data/online-retail-sample.csv.gz'),
  ratePerSecond: 10,
  via: 'api',
  batchSize: 1,
  concurrency: 32,
  stockFactor: 1.25,
  checkPrices: false,
  patienceMs: 60_000,
};
const REPLAY_DEADLINE_MS = 120_000;

const describeOnServers = await whereAvailable(describe, kafkaProgram, redisProgram, versitygwProgram);

describeOnServers('On Kafka with three nodes, Redis and S3, nothing is lost or doubled', () => {
  let shop: TestShop;

  beforeAll(async () => {
    shop = await TestShop.open({ on: ON, replicas: 'orders=2,inventory=2' });
  });
  afterAll(() => shop.close());

  it('when a node of Kafka is killed: orders are accepted again within seconds', async () => {
    const victim = serverProcess(shop.running, 'kafka');
    const report = await endure(shop, { begin: () => kill(victim), lastsMs: A_WHILE_MS });
    expectAtMostTheseToFail(report, BROKER_CALLS);
    expectRefusalsToSayWhen(report.during);
    await expectNothingLost(shop);
  });

  it('when Redis is killed, and has forgotten everything when it is back: everything is answered meanwhile', async () => {
    const victim = serverProcess(shop.running, 'redis');
    const report = await endure(shop, {
      begin: () => kill(victim),
      lastsMs: A_WHILE_MS,
      end: () => flushRedis(shop.running),
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    await expectNothingLost(shop);
  });

  it('when Redis stands still: everything is answered meanwhile, from the databases', async () => {
    const redis = serverProcess(shop.running, 'redis');
    const report = await endure(shop, {
      begin: () => signal(redis, 'SIGSTOP'),
      lastsMs: A_WHILE_MS,
      end: () => signal(redis, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    await expectNothingLost(shop);
  });

  it('when the S3 server stands still: files are refused, all else goes on', async () => {
    const server = serverProcess(shop.running, 's3');
    const report = await endure(shop, {
      begin: () => signal(server, 'SIGSTOP'),
      lastsMs: A_WHILE_MS,
      end: () => signal(server, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, FILES);
    expectNoOrderToWait(report);
    await expectNothingLost(shop);
  });

  it('when one of two replicas of each worker freezes past its session, and wakes in the middle of its work', async () => {
    const frozen = (['orders', 'inventory'] as const).map((name) => serviceProcess(shop.running, name, 1));
    const report = await endure(shop, {
      begin: () => frozen.forEach((process) => signal(process, 'SIGSTOP')),
      lastsMs: A_WHILE_MS,
      end: () => frozen.forEach((process) => signal(process, 'SIGCONT')),
    });
    expectAtMostTheseToFail(report, { 'list orders': [503] });
    await expectNothingLost(shop);
  });

  it(
    'when real trade of December 2010 comes in, and a node of Kafka, Redis and the order service are killed on the way',
    async () => {
      let killings: Promise<void> | undefined;
      const report = await replay(shop.running, { ...TRADE, onSending: () => void (killings = killOneByOne(shop)) });
      await killings;
      expect(report).toMatchObject({ sent: 210, accepted: 210, confirmed: 208, cancelled: 2, ok: true });
      expect(report).toMatchObject({ lost: 0, doubled: 0, unfinished: 0, stockAddsUp: true, messagesLeft: 0 });
      await untilWhole(shop);
    },
    REPLAY_DEADLINE_MS,
  );
});

/** Each as soon as a further order has come through after the death before. */
async function killOneByOne(shop: TestShop): Promise<void> {
  for (const victim of [
    () => serverProcess(shop.running, 'kafka'),
    () => serverProcess(shop.running, 'redis'),
    () => serviceProcess(shop.running, 'orders'),
  ]) {
    const newest = await newestOrder(shop);
    await until('a further order has come through', async () => (await newestOrder(shop)) !== newest);
    await kill(victim());
  }
}

/** Asked again while orders cannot be listed. */
function newestOrder({ client }: TestShop): Promise<string> {
  return until('orders can be listed', async () => (await client.listOrders('?limit=1')).body.items?.[0]?.id);
}

function serverProcess({ servers }: RunningShop, kind: 'kafka' | 'redis' | 's3'): ProcessIdentity {
  const server = servers.find((candidate) => candidate.kind === kind);
  if (!server?.process) throw new Error(`${kind} has no process`);
  return server.process;
}
