import {
  BROKER_CALLS,
  expectNothingLost,
  expectOnlyTheseToFail,
  expectRefusalsToSayWhen,
} from '../support/expectations.js';
import { giveBack, takeAway } from '../support/database-switch.js';
import { endure } from '../support/outage.js';
import { serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';

/** Longer than the five seconds that a caller is held for while the broker may come back. */
const LONGER_THAN_CALLERS_WAIT_MS = 8_000;
/** Those five seconds, and what a busy machine adds. */
const LONGEST_WAIT_MS = 15_000;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open();
});
afterAll(() => shop.close());

describe('While the broker is away', () => {
  it('nothing is accepted that is not durable: callers get 503 and when to come again, and reads go on', async () => {
    const services = (['web', 'orders', 'inventory'] as const).map((name) => serviceProcess(shop.running, name));
    const report = await endure(shop, {
      begin: () => takeAway(shop.running, 'broker'),
      meanwhile: async () => void (await shop.client.cancelOrder(shop.ledger.acceptedIds[1]!)),
      lastsMs: LONGER_THAN_CALLERS_WAIT_MS,
      end: () => giveBack(shop.running, 'broker'),
    });
    expectOnlyTheseToFail(report, BROKER_CALLS);
    expectRefusalsToSayWhen(report.during);
    const accepted = report.meanwhile.records.filter(({ status }) => status === 202);
    expect(accepted).toEqual([]);
    const waits = report.during.of('place order').failed.map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs);
    expect(Math.max(...waits)).toBeLessThan(LONGEST_WAIT_MS);
    expect((['web', 'orders', 'inventory'] as const).map((name) => serviceProcess(shop.running, name))).toEqual(
      services,
    );
    await expectNothingLost(shop);
  });
});
