import { eventually } from '@looseleaf/infra';
import { CUSTOMERS_SUBSCRIPTION_ID } from '../subscriptions/subscription.js';
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
  afterEach(async () => {
    for (const { id } of (await replica.subscriptions.list(undefined, 500)).items)
      await replica.subscriptions.delete(id);
    await receiver.stop();
  });

  const allIsDelivered = (): Promise<void> => eventually(async () => expect(await open(replica)).toBe(0));
  const deadLettersOf = async (id: string) => (await replica.deadLetters.list(id, undefined, 10)).items;
  const deadLetterOf = (id: string) =>
    eventually(async () => {
      const [deadLetter] = await deadLettersOf(id);
      if (!deadLetter) throw new Error('nothing is dead-lettered yet');
      return deadLetter;
    });

  it('is called once with an event that its subscription wants, and not with others', async () => {
    await subscribe(replica, receiver.url, { filter: { store: ['Leeds'] } });
    const wanted = aDepletion('Leeds');
    await replica.notify.execute([aDepletion('Berlin'), wanted, aReplenishment(1, 'Leeds')]);
    await replica.notify.execute([wanted]);
    await allIsDelivered();
    expect(receiver.calls.map(({ body }) => JSON.parse(body) as object)).toEqual([
      { type: 'stock.depleted', timestamp: wanted.occurredAt, data: { store: 'Leeds', sku: '85123A' } },
    ]);
  });

  it('is called again until it answers, each time with the same id and the same body', async () => {
    await subscribe(replica, receiver.url);
    receiver.answer = (call, response) => (receiver.calls.length < 3 ? status(500) : OK)(call, response);
    await replica.notify.execute([aDepletion()]);
    await allIsDelivered();
    expect(receiver.calls).toHaveLength(3);
    expect(new Set(receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.calls.map(({ body }) => body)).size).toBe(1);
  });

  it('is called again when its time has come, with no sweep to find that out', async () => {
    await replica.stop();
    // Long enough that a look in between finds nothing that is due.
    replica = await shop.replica({ retry: { maxAttempts: 3, baseMs: 1_000, maxMs: 1_000 } });
    await subscribe(replica, receiver.url);
    receiver.answer = (call, response) => (receiver.calls.length < 2 ? status(500) : OK)(call, response);
    await replica.notify.execute([aDepletion()]);
    await allIsDelivered();
    expect(receiver.calls).toHaveLength(2);
    await replica.stop();
    replica = await shop.replica();
  });

  it('that keeps failing is given up with the reason, and tried again when an operator says so', async () => {
    const { id } = await subscribe(replica, receiver.url);
    receiver.answer = status(500);
    await replica.notify.execute([aDepletion()]);
    const deadLetter = await deadLetterOf(id);
    expect(deadLetter).toMatchObject({
      event: 'stock.depleted',
      attempts: 3,
      error: 'WEBHOOK.STATUS: the receiver answered 500',
    });
    expect(receiver.calls).toHaveLength(3);
    expect(receiver.calls[0]!.headers['webhook-id']).toBe(`msg_${deadLetter.id}`);
    expect(await replica.subscriptions.find(id)).toMatchObject({ deadLettered: 1 });

    receiver.answer = OK;
    expect(await replica.deadLetters.redrive(id, 10)).toBe(1);
    await allIsDelivered();
    expect(receiver.counts()).toEqual(new Map([[`msg_${deadLetter.id}`, 4]]));
    expect(await replica.deadLetters.redrive(id, 10)).toBe(0);
  });

  it('that has gone for good is not called again for that event', async () => {
    const { id } = await subscribe(replica, receiver.url);
    receiver.answer = status(410);
    await replica.notify.execute([aDepletion()]);
    expect(await deadLetterOf(id)).toMatchObject({ attempts: 1 });
    expect(receiver.calls).toHaveLength(1);
  });

  it('that is down gets what it missed when it is back', async () => {
    const patient = await shop.replica({ retry: { maxAttempts: 100, baseMs: 20, maxMs: 50 } });
    await replica.stop();
    replica = patient;
    await subscribe(replica, receiver.url);
    await receiver.stop();
    await replica.notify.execute([aDepletion()]);
    await eventually(async () => {
      const [row] = await replica.database.read((manager) =>
        manager.query<{ error: string; attempts: number }[]>(
          'SELECT error, attempts FROM deliveries WHERE attempts > 1',
        ),
      );
      expect(row).toMatchObject({ error: 'WEBHOOK.CONNECTION: ECONNREFUSED' });
    });
    await receiver.listen();
    await allIsDelivered();
    expect(receiver.calls).toHaveLength(1);
  });

  it('that hangs takes nothing from the others, and holds no more than its own few calls', async () => {
    const hanging = await WebhookReceiver.start();
    let [held, mostHeld] = [0, 0];
    hanging.answer = (call, response) => {
      mostHeld = Math.max(mostHeld, (held += 1));
      response.on('close', () => (held -= 1));
      HANG(call, response);
    };
    const { id } = await subscribe(replica, hanging.url);
    await subscribe(replica, receiver.url);
    await replica.notify.execute(Array.from({ length: 100 }, () => aDepletion()));
    await eventually(() => expect(receiver.calls).toHaveLength(100));
    expect(receiver.counts().size).toBe(100);
    expect(mostHeld).toBeGreaterThan(0);
    expect(mostHeld).toBeLessThanOrEqual(4);
    await eventually(async () => expect(await open(replica)).toBe(100));
    await replica.subscriptions.delete(id);
    await hanging.stop();
  });

  it('is not called any more when its subscription is deleted, whatever waits for it', async () => {
    const { id } = await subscribe(replica, receiver.url);
    const other = await WebhookReceiver.start();
    await subscribe(replica, other.url);
    receiver.answer = status(500);
    await replica.notify.execute(Array.from({ length: 20 }, () => aDepletion()));
    await eventually(() => expect(receiver.calls.length).toBeGreaterThan(0));
    await replica.subscriptions.delete(id);
    await eventually(() => expect(other.calls).toHaveLength(20));
    // What was under way has ended by the time an event that came later has reached the others.
    await new Promise((resolve) => receiver.server.getConnections(resolve));
    const calls = receiver.calls.length;
    await replica.notify.execute([aDepletion()]);
    await eventually(() => expect(other.calls).toHaveLength(21));
    expect(receiver.calls.length).toBeLessThanOrEqual(calls + 4);
    await expect(replica.deadLetters.list(id, undefined, 10)).rejects.toMatchObject({ status: 404 });
    await other.stop();
  });

  it('has nothing to do with the mail of customers, which has no address to show', async () => {
    expect((await replica.subscriptions.list(undefined, 10)).items).toEqual([]);
    await expect(replica.subscriptions.find(CUSTOMERS_SUBSCRIPTION_ID)).rejects.toMatchObject({ status: 404 });
    await expect(replica.subscriptions.delete(CUSTOMERS_SUBSCRIPTION_ID)).rejects.toMatchObject({ status: 404 });
    expect(await deadLettersOf(CUSTOMERS_SUBSCRIPTION_ID)).toEqual([]);
  });
});
