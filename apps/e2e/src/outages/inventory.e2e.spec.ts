import {
  expectAtMostTheseToFail,
  expectNoOrderToWait,
  expectNothingLost,
  expectOnlyTheseToFail,
  expectRefusalsToSayWhen,
} from '../support/expectations.js';
import { giveBack, takeAway } from '../support/database-switch.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess, signal } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const A_WHILE_MS = 4_000;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

describe('While the inventory service is away, orders are taken, listed and shown as ever, at their normal pace,', () => {
  it('killed: only reads of stock and stock files fail, until it has been started again', async () => {
    const victim = serviceProcess(shop.running, 'inventory');
    const report = await endure(shop, { begin: () => kill(victim) });
    const reads = [502, 503];
    expectAtMostTheseToFail(report, { 'read stock': reads, 'read stock file': reads });
    expectNoOrderToWait(report);
    expectRefusalsToSayWhen(report.during);
    expect(serviceProcess(shop.running, 'inventory')).not.toEqual(victim);
    await expectNothingLost(shop);
  });

  it('frozen: only reads of stock, of stock files and of items that nobody has read lately have to wait', async () => {
    const victim = serviceProcess(shop.running, 'inventory');
    const report = await endure(shop, {
      begin: () => signal(victim, 'SIGSTOP'),
      lastsMs: A_WHILE_MS,
      end: () => signal(victim, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    expect(report.meanwhile.of('read stock').records).toEqual([]);
    expect(serviceProcess(shop.running, 'inventory')).toEqual(victim);
    await expectNothingLost(shop);
  });

  it('without its database: only those reads fail, items that were read lately are shown as they were, and it goes on without a restart when the database is back', async () => {
    const process = serviceProcess(shop.running, 'inventory');
    const report = await endure(shop, {
      begin: () => takeAway(shop.running, 'inventory'),
      lastsMs: A_WHILE_MS,
      meanwhile: () => expectItemsToBeShownAsTheyWere(),
      end: () => giveBack(shop.running, 'inventory'),
    });
    expectOnlyTheseToFail(report, { 'read stock': [503], 'read stock file': [503] });
    expectNoOrderToWait(report);
    expectRefusalsToSayWhen(report.during);
    expect(serviceProcess(shop.running, 'inventory')).toEqual(process);
    await expectNothingLost(shop);
  });
});

/** The web tier keeps what was read lately, and says how old it is; what it has never seen it cannot show. */
async function expectItemsToBeShownAsTheyWere(): Promise<void> {
  await until('an item is shown that is out of date', async () => {
    const { status, headers } = await shop.client.readItems('?limit=5');
    expect(status).toBe(200);
    return /^looseleaf-web; hit; ttl=-/.test(String(headers['cache-status']));
  });
  const unseen = await shop.client.raw({ method: 'GET', path: '/v1/items?limit=7' });
  expect(unseen).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) as unknown } });
}
