import { kafkaProgram, redisProgram, versitygwProgram, whereAvailable, type ProcessIdentity } from '@looseleaf/infra';
import type { RunningShop } from '@looseleaf/launcher';
import {
  BROKER_CALLS,
  expectAtMostTheseToFail,
  expectNormalPace,
  expectNothingLost,
  expectRefusalsToSayWhen,
  type MayFail,
} from '../support/expectations.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess, signal } from '../support/processes.js';
import { flushRedis } from '../support/redis.js';
import { TestShop } from '../support/test-shop.js';

const ON = ['--broker', 'kafka', '--kafka-nodes', '3', '--cache', 'redis', '--object-store', 's3'];
/** Eight seconds of orders: longer than callers wait, and than a group takes to notice that a member is gone. */
const A_WHILE = 400;
const FILES: MayFail = { 'send stock file': [503], 'prepare upload': [503], 'put upload': [0, 503] };

const describeOnServers = await whereAvailable(describe, kafkaProgram, redisProgram, versitygwProgram);

describeOnServers('On Kafka with three nodes, Redis and S3, nothing is lost or doubled', () => {
  let shop: TestShop;

  beforeAll(async () => {
    shop = await TestShop.open({ on: ON, replicas: 'orders=2,inventory=2' });
  });
  afterAll(() => shop.close());

  it('when a node of Kafka is killed: orders are accepted again within seconds', async () => {
    const victim = serverProcess(shop.running, 'kafka');
    const report = await endure(shop, { begin: () => kill(victim), lastsForOrders: A_WHILE });
    expectAtMostTheseToFail(report, BROKER_CALLS);
    expectRefusalsToSayWhen(report.during);
    await expectNothingLost(shop);
  });

  it('when Redis is killed, and has forgotten everything when it is back: everything is answered meanwhile', async () => {
    const victim = serverProcess(shop.running, 'redis');
    const report = await endure(shop, {
      begin: () => kill(victim),
      lastsForOrders: A_WHILE,
      end: () => flushRedis(shop.running),
    });
    expectAtMostTheseToFail(report, {});
    expectNormalPace(report);
    await expectNothingLost(shop);
  });

  it('when Redis stands still: everything is answered meanwhile, from the databases', async () => {
    const redis = serverProcess(shop.running, 'redis');
    const report = await endure(shop, {
      begin: () => signal(redis, 'SIGSTOP'),
      lastsForOrders: A_WHILE,
      end: () => signal(redis, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, {});
    expectNormalPace(report);
    await expectNothingLost(shop);
  });

  it('when the S3 server stands still: files are refused, all else goes on', async () => {
    const server = serverProcess(shop.running, 's3');
    const report = await endure(shop, {
      begin: () => signal(server, 'SIGSTOP'),
      lastsForOrders: A_WHILE,
      end: () => signal(server, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, FILES);
    expectNormalPace(report);
    await expectNothingLost(shop);
  });

  it('when one of two replicas of each worker freezes past its session, and wakes in the middle of its work', async () => {
    const frozen = (['orders', 'inventory'] as const).map((name) => serviceProcess(shop.running, name, 1));
    const report = await endure(shop, {
      begin: () => frozen.forEach((process) => signal(process, 'SIGSTOP')),
      lastsForOrders: A_WHILE,
      end: () => frozen.forEach((process) => signal(process, 'SIGCONT')),
    });
    expectAtMostTheseToFail(report, { 'list orders': [503] });
    await expectNothingLost(shop);
  });
});

function serverProcess({ servers }: RunningShop, kind: 'kafka' | 'redis' | 's3'): ProcessIdentity {
  const server = servers.find((candidate) => candidate.kind === kind);
  if (!server?.process) throw new Error(`${kind} has no process`);
  return server.process;
}
