import { kafkaProgram, redisProgram, toxiproxyProgram, versitygwProgram, whereAvailable } from '@looseleaf/infra';
import { ample } from '../support/catalogue.js';
import { BROKER_CALLS, expectAtMostTheseToFail, expectNothingLost, type MayFail } from '../support/expectations.js';
import { NO_ANSWER } from '../support/http-client.js';
import { CALL_NAMES } from '../support/journal.js';
import { Network, type Way } from '../support/network.js';
import { endure, endureInTurn } from '../support/outage.js';
import { kill, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';
import { ExtraWorkers } from '../support/extra-workers.js';

const ON = ['--broker', 'kafka', '--cache', 'redis', '--object-store', 's3', '--toxiproxy'];
/** Longer than callers wait, and than a group takes to notice that a member is gone. */
const LONG_MS = 7_000;
/** Longer than what is asked of Redis may take, and than items wait for stock. */
const SHORT_MS = 2_000;
const LATENCY_MS = 200;
/** Three more of each. */
const MORE_WORKERS = ['orders', 'inventory', 'orders', 'inventory', 'orders', 'inventory'] as const;

/** Every way that there is, and who gets which answers while it is cut. */
const WAYS: readonly { way: Way; lastsMs: number; mayFail?: MayFail }[] = [
  { way: ['web', 'kafka'], lastsMs: LONG_MS, mayFail: BROKER_CALLS },
  { way: ['orders', 'kafka'], lastsMs: LONG_MS },
  { way: ['inventory', 'kafka'], lastsMs: SHORT_MS },
  { way: ['notifier', 'kafka'], lastsMs: SHORT_MS },
  { way: ['web', 'redis'], lastsMs: SHORT_MS },
  { way: ['orders', 'redis'], lastsMs: SHORT_MS },
  { way: ['inventory', 'redis'], lastsMs: SHORT_MS },
  { way: ['sessions', 'redis'], lastsMs: SHORT_MS },
  // Uploads go where the web tier says that the store is, which is its proxy.
  {
    way: ['web', 's3'],
    lastsMs: SHORT_MS,
    mayFail: { 'send stock file': [503], 'read stock file': [503], 'put upload': [0, 503] },
  },
  { way: ['inventory', 's3'], lastsMs: SHORT_MS },
  { way: ['orders', 'postgres'], lastsMs: SHORT_MS, mayFail: { 'list orders': [503] } },
  {
    way: ['inventory', 'postgres'],
    lastsMs: SHORT_MS,
    mayFail: { 'read items': [503, 504], 'read stock': [503], 'read stock file': [503] },
  },
  {
    way: ['sessions', 'postgres'],
    lastsMs: SHORT_MS,
    mayFail: { 'change cart': [503, 504], 'read cart': [503, 504], 'check out': [503, 504] },
  },
  { way: ['notifier', 'postgres'], lastsMs: SHORT_MS, mayFail: { 'list subscriptions': [503] } },
];

const describeOnServers = await whereAvailable(
  describe,
  ...[kafkaProgram, redisProgram, versitygwProgram, toxiproxyProgram],
);

describeOnServers('When the network between services and servers breaks', () => {
  let shop: TestShop;
  let network: Network;
  const workers = new ExtraWorkers();

  beforeAll(async () => {
    shop = await TestShop.open({ on: ON });
    network = new Network(shop.running);
  });
  afterEach(async () => void (await workers.removeAll()));
  afterAll(() => shop.close());

  it('one way after the other, each for a while: only who needs that way has to come again, and nothing is lost or doubled', async () => {
    const services = shop.running.services.map(({ process }) => process);
    const reports = await endureInTurn(
      shop,
      WAYS.map(({ way, lastsMs }) => network.cut([way], lastsMs)),
    );
    reports.forEach((report, index) => expectAtMostTheseToFail(report, WAYS[index]!.mayFail ?? {}));
    expect(reports[0]!.during.of('place order').statuses).toEqual([202, 503]);
    expect(shop.running.services.map(({ process }) => process)).toEqual(services);
    await network.expectNoOtherWays(WAYS.map(({ way }) => way));
    await expectNothingLost(shop);
  });

  it('when every answer takes 200 ms more, on all ways at once: all calls are answered, later', async () => {
    const outage = network.delay(
      WAYS.map(({ way }) => way),
      LATENCY_MS,
      LONG_MS,
    );
    const report = await endure(shop, outage);
    expectAtMostTheseToFail(report, {});
    expect(report.meanwhile.of('place order').lowerQuartileMs()).toBeGreaterThanOrEqual(LATENCY_MS);
    await expectNothingLost(shop);
  });

  it('when services start while Kafka cannot be reached: they show what they can, and take orders as soon as it can be', async () => {
    const ways = WAYS.map(({ way }) => way).filter(([, server]) => server === 'kafka');
    const { begin, end } = network.cut(ways, 0);
    const report = await endure(shop, {
      begin: async () => {
        await begin();
        await kill(...ways.map(([service]) => serviceProcess(shop.running, service)));
      },
      meanwhile: async () => {
        const { client, ledger } = shop;
        await until('orders can be listed', async () => (await client.listOrders('?limit=1')).status === 200);
        await until('items are shown', async () => (await client.readItems('?limit=9')).status === 200);
        const order = { customerId: 'too early', lines: [{ sku: ample(0), quantity: 1 }] };
        ledger.send('too early', order);
        expect(await client.placeOrder(order, 'too early')).toMatchObject({ status: 503 });
      },
      ...(end && { end }),
    });
    const answers = [NO_ANSWER, 502, 503, 504];
    expectAtMostTheseToFail(report, Object.fromEntries(CALL_NAMES.map((call) => [call, answers])));
    await expectNothingLost(shop);
  });

  it('also when nothing breaks, and one worker of each kind becomes four and one again', async () => {
    let exits: unknown[] = [];
    const report = await endure(shop, {
      begin: () => workers.add(shop.running, MORE_WORKERS),
      lastsMs: LONG_MS,
      end: async () => {
        exits = await workers.removeAll();
      },
    });
    expectAtMostTheseToFail(report, {});
    expect(exits).toEqual(MORE_WORKERS.map(() => 0));
    await expectNothingLost(shop);
  });
});
