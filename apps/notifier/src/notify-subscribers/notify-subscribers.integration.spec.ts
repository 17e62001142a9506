import { eventually } from '@looseleaf/infra';
import { OK, status, WebhookReceiver } from '../testing/webhook-receiver.js';
import {
  aConfirmation,
  aDepletion,
  open,
  rows,
  subscribe,
  TestNotifier,
  type Replica,
} from '../testing/test-notifier.js';

describe('Notifying subscribers', () => {
  let shop: TestNotifier;
  let replica: Replica;
  let receiver: WebhookReceiver;
  beforeAll(async () => (shop = await TestNotifier.start()));
  afterAll(() => shop.stop());
  beforeEach(async () => {
    replica = await shop.replica();
    receiver = await WebhookReceiver.start();
  });
  afterEach(async () => {
    for (const { id } of (await replica.subscriptions.list(undefined, 500)).items)
      await replica.subscriptions.delete(id);
    await replica.stop();
    await receiver.stop();
  });

  const count = async (table: string): Promise<number> => {
    const [row] = await rows<{ count: number }>(replica, `SELECT count(*)::int AS count FROM ${table}`);
    return row!.count;
  };

  it('leaves nothing behind for an event that nobody wants', async () => {
    await replica.notify.execute([aDepletion(), aConfirmation()]);
    expect([await count('inbox'), await count('events'), await count('deliveries')]).toEqual([0, 0, 0]);
  });

  it('writes an event down once, however often it comes and however many want it', async () => {
    receiver.answer = status(500);
    for (let index = 0; index < 3; index += 1) await subscribe(replica, receiver.url);
    const event = aDepletion();
    await replica.notify.execute([event, event]);
    await replica.notify.execute([event]);
    expect([await count('inbox'), await count('events'), await open(replica)]).toEqual([1, 1, 3]);
  });

  it('knows at once of a subscription that was made or ended through another replica', async () => {
    const other = await shop.replica();
    await replica.notify.execute([aDepletion()]);
    const { id } = await subscribe(other, receiver.url);
    await replica.notify.execute([aDepletion()]);
    await eventually(() => expect(receiver.calls).toHaveLength(1));
    await other.subscriptions.delete(id);
    const deliveries = await count('deliveries');
    await replica.notify.execute([aDepletion()]);
    expect(await count('deliveries')).toBeLessThanOrEqual(deliveries);
    await other.stop();
  });

  it('takes a batch that a thousand subscriptions want whole', async () => {
    await rows(
      replica,
      `WITH made AS (
         INSERT INTO subscriptions (id, events, channel, address)
         SELECT gen_random_uuid(), '{stock.depleted}', 'email', 'a@b.example' FROM generate_series(1, 1000))
       UPDATE subscription_changes SET version = version + 1`,
    );
    await shop.mail.stop();
    await replica.notify.execute(Array.from({ length: 30 }, () => aDepletion()));
    expect(await open(replica)).toBe(30_000);
    await expect(subscribe(replica, receiver.url)).rejects.toMatchObject({
      status: 409,
      code: 'SUBSCRIPTION.LIMIT_REACHED',
    });
    await rows(
      replica,
      `WITH gone AS (DELETE FROM subscriptions WHERE channel = 'email' AND address IS NOT NULL)
       UPDATE subscription_changes SET version = version + 1`,
    );
    await rows(replica, 'TRUNCATE deliveries');
    await shop.mail.listen();
  });

  it('waits while the database is away, and goes on by itself', async () => {
    await subscribe(replica, receiver.url);
    await shop.server.shutDown();
    await expect(replica.notify.execute([aDepletion()])).rejects.toMatchObject({ code: 'DEPENDENCY.UNAVAILABLE' });
    await shop.server.start();
    const event = aDepletion();
    await eventually(() => replica.notify.execute([event]));
    await eventually(() => expect(receiver.calls).toHaveLength(1));
    await eventually(async () => expect(await open(replica)).toBe(0));
  });

  it('settles what was delivered while the database was away, and does not deliver it again', async () => {
    await subscribe(replica, receiver.url);
    let answer = (): void => undefined;
    receiver.answer = (call, response) => void (answer = () => OK(call, response));
    await replica.notify.execute([aDepletion()]);
    await eventually(() => expect(receiver.calls).toHaveLength(1));
    await shop.server.shutDown();
    answer();
    await eventually(() =>
      expect(replica.warnings.map(({ text }) => text)).toContain('deliveries could not be settled; trying on'),
    );
    await shop.server.start();
    await eventually(async () => expect(await open(replica)).toBe(0));
    expect(receiver.calls).toHaveLength(1);
  });
});
