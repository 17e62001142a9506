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

const A_WHILE_MS = 4_000;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

describe('While the order service is away, orders are taken at their normal pace and none of them reads as unknown,', () => {
  it('killed: only lists of orders fail, until it has been started again', async () => {
    const victim = serviceProcess(shop.running, 'orders');
    const report = await endure(shop, { begin: () => kill(victim) });
    expectAtMostTheseToFail(report, { 'list orders': [502, 503] });
    expectNoOrderToWait(report);
    expectRefusalsToSayWhen(report.during);
    expect(serviceProcess(shop.running, 'orders')).not.toEqual(victim);
    await expectNothingLost(shop);
  });

  it('frozen: lists of orders wait or fail, orders are shown as the web tier knows them', async () => {
    const victim = serviceProcess(shop.running, 'orders');
    const report = await endure(shop, {
      begin: () => signal(victim, 'SIGSTOP'),
      lastsMs: A_WHILE_MS,
      end: () => signal(victim, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, { 'list orders': [503, 504] });
    expectNoOrderToWait(report);
    expect(new Set(report.meanwhile.of('read order').records.map(({ servedBy }) => servedBy))).toEqual(
      new Set(['web']),
    );
    expect(serviceProcess(shop.running, 'orders')).toEqual(victim);
    await expectNothingLost(shop);
  });

  it('without its database: only lists of orders fail, and it goes on without a restart when the database is back', async () => {
    const process = serviceProcess(shop.running, 'orders');
    const report = await endure(shop, {
      begin: () => takeAway(shop.running, 'orders'),
      lastsMs: A_WHILE_MS,
      meanwhile: () => expectAliveButUnready(shop),
      end: () => giveBack(shop.running, 'orders'),
    });
    expectOnlyTheseToFail(report, { 'list orders': [503] });
    expectNoOrderToWait(report);
    expectRefusalsToSayWhen(report.during);
    expect(serviceProcess(shop.running, 'orders')).toEqual(process);
    await expectNothingLost(shop);
  });
});

async function expectAliveButUnready({ running }: TestShop): Promise<void> {
  const { managementUrl } = running.services.find(({ name }) => name === 'orders')!;
  const [live, ready] = await Promise.all(['livez', 'readyz'].map((page) => fetch(`${managementUrl}/${page}`)));
  expect({ live: live!.status, ready: ready!.status }).toEqual({ live: 200, ready: 503 });
}
