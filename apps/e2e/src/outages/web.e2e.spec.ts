import { ample } from '../support/catalogue.js';
import { expectAtMostTheseToFail, expectNothingLost } from '../support/expectations.js';
import { NO_ANSWER } from '../support/http-client.js';
import { CALL_NAMES } from '../support/journal.js';
import { endure } from '../support/outage.js';
import { kill, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';

/** Time in which the system tells the callers' idle connections that the process at the other end is gone. */
const DYING_MS = 250;

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ replicas: 'web=2' });
});
afterAll(() => shop.close());

describe('When one of two web replicas is killed', () => {
  it('only the calls that it held are broken, the other replica takes all others, and no order is lost or doubled', async () => {
    const victim = serviceProcess(shop.running, 'web', 1);
    const report = await endure(shop, { begin: () => kill(victim) });
    expectAtMostTheseToFail(report, Object.fromEntries(CALL_NAMES.map((call) => [call, [NO_ANSWER]])));
    const late = report.during.failed.filter(({ startedAtMs }) => startedAtMs > report.surelyBrokenAtMs + DYING_MS);
    expect(late).toEqual([]);
    expect(serviceProcess(shop.running, 'web', 1)).not.toEqual(victim);
    await expectNothingLost(shop);
  });

  it('a key that was sent to both of them is the same order, and stays it when both have died', async () => {
    const order = { customerId: 'faithful', lines: [{ sku: ample(1), quantity: 1 }] };
    shop.ledger.send('faithful', order);
    const send = (): Promise<{ body: { id: string } }[]> =>
      Promise.all(Array.from({ length: 8 }, () => shop.client.placeOrder(order, 'faithful')));
    const answers = await send();
    await kill(serviceProcess(shop.running, 'web', 1));
    await kill(serviceProcess(shop.running, 'web', 2));
    await shop.spawned.ready();
    shop.client.close(); // its connections were to the dead
    for (const { body } of [...answers, ...(await send())]) shop.ledger.accept('faithful', body.id);
    await expectNothingLost(shop);
  });
});
