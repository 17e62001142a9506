import {
  expectAtMostTheseToFail,
  expectNothingLost,
  expectRefusalsToSayWhen,
  type MayFail,
} from '../support/expectations.js';
import { endure, type OutageReport } from '../support/outage.js';
import { kill, postgresProcesses, signal, untilEnded } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';

/** Longer than the five seconds that a caller is held for. */
const LONGER_THAN_CALLERS_WAIT_MS = 7_000;

/** Everything that needs a database or the broker: not orders that were accepted, items that were read lately, uploads. */
const WHAT_NEEDS_IT: MayFail = {
  'place order': [503],
  'place batch': [503],
  'cancel order': [503],
  'send stock file': [503],
  'read queues': [503],
  'list orders': [503],
  'read stock': [503],
  'read stock file': [503],
  'change cart': [503, 504],
  'read cart': [503, 504],
  'check out': [503, 504],
  'list subscriptions': [503],
};

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

/** The services live through it. */
async function expectToHaveSurvived(report: OutageReport, servicesBefore: unknown): Promise<void> {
  expectAtMostTheseToFail(report, WHAT_NEEDS_IT);
  expectRefusalsToSayWhen(report.during);
  expect(services()).toEqual(servicesBefore);
  await expectNothingLost(shop);
}

function services(): unknown {
  return shop.running.services.map(({ name, process }) => ({ name, process }));
}

describe('When the server with all databases and the broker goes away, accepted orders can be read, nothing is lost,', () => {
  it('and the services go on by themselves after its main process and all others of it were killed', async () => {
    const before = services();
    const report = await endure(shop, { begin: () => kill(...postgresProcesses(shop.running)) });
    await expectToHaveSurvived(report, before);
    expect(shop.running.postgres.restarts).toBe(1);
  });

  it('and the services go on by themselves after a clean restart', async () => {
    const before = services();
    const server = postgresProcesses(shop.running);
    const report = await endure(shop, {
      begin: async () => {
        signal(server[0]!, 'SIGINT');
        await untilEnded(server);
      },
    });
    await expectToHaveSurvived(report, before);
    expect(shop.running.postgres.restarts).toBe(2);
  });

  it('and callers are told to come again while it is frozen, whatever of their calls it still does when it thaws', async () => {
    const before = services();
    const server = postgresProcesses(shop.running);
    const report = await endure(shop, {
      begin: () => server.forEach((process) => signal(process, 'SIGSTOP')),
      lastsMs: LONGER_THAN_CALLERS_WAIT_MS,
      end: () => server.forEach((process) => signal(process, 'SIGCONT')),
    });
    await expectToHaveSurvived(report, before);
    expect(report.during.of('place order').statuses).toEqual([202, 503]);
  });
});
