import { ample } from '../support/catalogue.js';
import { expectAtMostTheseToFail, expectNoOrderToWait, expectNothingLost } from '../support/expectations.js';
import { endure } from '../support/outage.js';
import { serviceProcess, signal } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';
import { until } from '../support/until.js';

/** Longer than the ten seconds after which what a consumer holds is given to another one. */
const LONGER_THAN_HIDDEN_MS = 13_000;

/** The database server ends a transaction that stands still for ten seconds, and with it the locks that others wait for. */
const TAKEOVER_DEADLINE_MS = 20_000;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ replicas: 'orders=2,inventory=2' });
});
afterAll(() => shop.close());

describe('When one of two replicas of each worker freezes for so long that the other one takes over its batches,', () => {
  it('the work goes on meanwhile, and nothing is done twice when the frozen ones wake in the middle of theirs', async () => {
    const frozen = (['orders', 'inventory'] as const).map((name) => serviceProcess(shop.running, name, 1));
    const report = await endure(shop, {
      begin: () => frozen.forEach((process) => signal(process, 'SIGSTOP')),
      lastsMs: LONGER_THAN_HIDDEN_MS,
      meanwhile: () => expectNewOrdersToBeConfirmed(),
      end: () => frozen.forEach((process) => signal(process, 'SIGCONT')),
    });
    expectAtMostTheseToFail(report, { 'list orders': [503] });
    expectNoOrderToWait(report);
    await expectNothingLost(shop);
  });
});

async function expectNewOrdersToBeConfirmed(): Promise<void> {
  const order = { customerId: 'meanwhile', lines: [{ sku: ample(3), quantity: 1 }] };
  shop.ledger.send('meanwhile', order);
  const { id } = (await shop.client.placeOrder(order, 'meanwhile')).body;
  shop.ledger.accept('meanwhile', id);
  await until(
    'it is confirmed',
    async () => (await shop.client.readOrder(id)).body.state === 'confirmed',
    TAKEOVER_DEADLINE_MS,
  );
}
