import { expectAtMostTheseToFail, expectNothingLost } from '../support/expectations.js';
import { NO_ANSWER } from '../support/http-client.js';
import { endure } from '../support/outage.js';
import { kill, postgresProcesses, serviceProcess } from '../support/processes.js';
import { TestShop } from '../support/test-shop.js';

let shop: TestShop;

beforeAll(async () => {
  shop = await TestShop.open({ replicas: 'web=2' });
});
afterAll(() => shop.close());

describe('When everything is killed at once', () => {
  it('the shop comes back by itself, and what it had accepted is neither lost nor doubled nor ever unknown', async () => {
    const report = await endure(shop, {
      begin: () =>
        kill(
          serviceProcess(shop.running, 'web', 1),
          serviceProcess(shop.running, 'web', 2),
          serviceProcess(shop.running, 'orders'),
          serviceProcess(shop.running, 'inventory'),
          serviceProcess(shop.running, 'sessions'),
          serviceProcess(shop.running, 'notifier'),
          ...postgresProcesses(shop.running),
        ),
    });
    const toSend = [NO_ANSWER, 503];
    const toRead = [NO_ANSWER, 502, 503, 504];
    expectAtMostTheseToFail(report, {
      'place order': toSend,
      'place batch': toSend,
      'cancel order': toSend,
      'send stock file': toSend,
      'read queues': toSend,
      'read order': [NO_ANSWER],
      'wait for order': [NO_ANSWER],
      'list orders': toRead,
      'read items': toRead,
      'read stock': toRead,
      'read stock file': toRead,
      'prepare upload': [NO_ANSWER],
      'put upload': [NO_ANSWER],
      'change cart': toRead,
      'read cart': toRead,
      'check out': toRead,
      'list subscriptions': toRead,
    });
    await expectNothingLost(shop);
  });
});
