import { Correspondence } from '../support/correspondence.js';
import { giveBack, takeAway } from '../support/database-switch.js';
import {
  expectAtMostTheseToFail,
  expectNoOrderToWait,
  expectNothingLost,
  expectOnlyTheseToFail,
  expectRefusalsToSayWhen,
} from '../support/expectations.js';
import { endure } from '../support/outage.js';
import { kill, mailProcess, serviceProcess, signal } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

const DEATHS = 3;
const A_WHILE_MS = 4_000;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

describe('While no mail can be sent, every call but those about subscriptions is answered as ever, and each customer has one mail in the end', () => {
  it('when the mail server is killed again and again', async () => {
    const customers = new Correspondence(shop, 'mail-killed');
    await customers.order(5);
    const report = await endure(shop, {
      begin: () => kill(mailProcess(shop.running)),
      meanwhile: async () => {
        for (let deaths = 1; deaths < DEATHS; deaths++) {
          await customers.order(10);
          await kill(await until('the mail server runs again', () => shop.running.mail.process));
        }
        await customers.order(10);
      },
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    await customers.expectOneMailEach();
    expect(shop.running.mail.restarts).toBe(DEATHS);
    await expectNothingLost(shop);
  });

  it('when the mail server is frozen', async () => {
    const customers = new Correspondence(shop, 'mail-frozen');
    const victim = mailProcess(shop.running);
    const report = await endure(shop, {
      begin: () => signal(victim, 'SIGSTOP'),
      lastsMs: A_WHILE_MS,
      meanwhile: () => customers.order(30),
      end: () => signal(victim, 'SIGCONT'),
    });
    expectAtMostTheseToFail(report, {});
    expectNoOrderToWait(report);
    await customers.expectOneMailEach();
    expect(mailProcess(shop.running)).toEqual(victim);
    await expectNothingLost(shop);
  });

  it('when the notifier is killed', async () => {
    const customers = new Correspondence(shop, 'notifier-killed');
    await customers.order(10);
    const victim = serviceProcess(shop.running, 'notifier');
    const report = await endure(shop, { begin: () => kill(victim), meanwhile: () => customers.order(20) });
    expectAtMostTheseToFail(report, { 'list subscriptions': [502, 503] });
    expectNoOrderToWait(report);
    await customers.expectOneMailEach();
    expect(serviceProcess(shop.running, 'notifier')).not.toEqual(victim);
    await expectNothingLost(shop);
  });

  it('when the notifier has no database', async () => {
    const customers = new Correspondence(shop, 'notifier-without-database');
    const process = serviceProcess(shop.running, 'notifier');
    const report = await endure(shop, {
      begin: () => takeAway(shop.running, 'notifier'),
      lastsMs: A_WHILE_MS,
      meanwhile: () => customers.order(30),
      end: () => giveBack(shop.running, 'notifier'),
    });
    expectOnlyTheseToFail(report, { 'list subscriptions': [503] });
    expectRefusalsToSayWhen(report.during);
    expectNoOrderToWait(report);
    await customers.expectOneMailEach();
    expect(serviceProcess(shop.running, 'notifier')).toEqual(process);
    await expectNothingLost(shop);
  });
});
