import { eventually } from '@looseleaf/infra';
import { HANG, WebhookReceiver } from '../testing/webhook-receiver.js';
import { aDepletion, rows, subscribe, TestNotifier } from '../testing/test-notifier.js';

describe('A notifier that stops', () => {
  let shop: TestNotifier;
  let receiver: WebhookReceiver;
  beforeAll(async () => {
    shop = await TestNotifier.start();
    receiver = await WebhookReceiver.start();
  });
  afterAll(async () => {
    await shop.stop();
    await receiver.stop();
  });

  it('leaves alone what it could not finish: being cut off is no failed attempt', async () => {
    const [stopping, other] = [await shop.replica({ webhookTimeoutMs: 60_000 }), await shop.replica()];
    receiver.answer = HANG;
    await subscribe(stopping, receiver.url);
    await stopping.notify.execute([aDepletion()]);
    await eventually(() => expect(receiver.calls).toHaveLength(1));
    await stopping.stopDelivering();
    // Its call is broken off by now.
    await eventually(async () => expect(await connections()).toBe(0));
    await stopping.stop();
    expect(await rows(other, 'SELECT attempts, error FROM deliveries')).toEqual([{ attempts: 0, error: null }]);
  });

  const connections = (): Promise<number> =>
    new Promise((resolve) => receiver.server.getConnections((_error, count) => resolve(count)));
});
