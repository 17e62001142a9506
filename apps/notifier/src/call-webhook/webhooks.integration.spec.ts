import { eventually } from '@looseleaf/infra';
import { createServer } from 'node:http';
import { HANG, OK, status, WebhookReceiver } from '../testing/webhook-receiver.js';
import { aDepletion, aReplenishment, open, subscribe, TestNotifier, type Replica } from '../testing/test-notifier.js';

describe('A webhook', () => {
  let shop: TestNotifier;
  let replica: Replica;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    shop = await TestNotifier.start();
    replica = await shop.replica();
  });
  afterAll(() => shop.stop());
  beforeEach(async () => (receiver = await WebhookReceiver.start()));
  afterEach(() => receiver.stop());

  it('is called once with an event that its subscription wants, and not with others', async () => {
    await subscribe(replica, receiver.url, { filter: { store: ['Leeds'] } });
    const wanted = aDepletion('Leeds');
    await replica.notify.execute([aDepletion('Berlin'), wanted, aReplenishment(1, 'Leeds')]);
    await replica.notify.execute([wanted]);
    await eventually(async () => expect(await open(replica)).toBe(0));
    expect(receiver.calls.map(({ body }) => JSON.parse(body) as object)).toEqual([
      { type: 'stock.depleted', timestamp: wanted.occurredAt, data: { store: 'Leeds', sku: '85123A' } },
    ]);
  });
});
