import { randomUUID } from 'node:crypto';
import { eventually } from '@looseleaf/infra';
import { deliveryId } from '../deliver/delivery.js';
import { laneOf } from '../deliver/lane-id.js';
import { CUSTOMERS_SUBSCRIPTION_ID } from '../subscriptions/subscription.js';
import { SmtpRefusal } from '../testing/mail-server.js';
import {
  aCancellation,
  aConfirmation,
  aDepletion,
  aRejection,
  open,
  rows,
  TestNotifier,
  type Replica,
} from '../testing/test-notifier.js';

describe('Mail', () => {
  let shop: TestNotifier;
  let replica: Replica;
  beforeAll(async () => {
    shop = await TestNotifier.start();
    replica = await shop.replica();
  });
  afterAll(() => shop.stop());
  afterEach(() => {
    shop.mail.mails.length = 0;
    shop.mail.onRecipient = () => undefined;
    shop.mail.onTaken = () => undefined;
  });

  const allIsDelivered = (): Promise<void> => eventually(async () => expect(await open(replica)).toBe(0));
  const attempts = (): Promise<{ attempts: number; error: string | null }[]> =>
    rows(replica, 'SELECT attempts, error FROM deliveries');
  const customersDeadLetters = async () =>
    (await replica.deadLetters.list(CUSTOMERS_SUBSCRIPTION_ID, undefined, 10)).items;

  it('goes to customers whose orders were confirmed, rejected or cancelled, if they gave an address', async () => {
    const messages = [aConfirmation('one@b.example'), aRejection('two@b.example'), aCancellation('three@b.example')];
    await replica.notify.execute([aConfirmation(), ...messages]);
    await allIsDelivered();
    const sent = new Map(shop.mail.mails.map((mail) => [mail.recipients.join(), mail]));
    expect([...sent.keys()].toSorted()).toEqual(['one@b.example', 'three@b.example', 'two@b.example']);
    expect(sent.get('one@b.example')).toMatchObject({
      from: { name: 'Looseleaf', address: 'shop@looseleaf.example' },
      to: [{ name: '', address: 'one@b.example' }],
      subject: 'Your order 00000000000a is confirmed',
      text: expect.stringContaining('6 × 85123A at £2.55') as string,
      html: expect.stringContaining('<li>6 × 85123A at £2.55</li>') as string,
    });
  });

  it('does not go to customers about checkouts that they gave up', async () => {
    const messages = [aCancellation('a@b.example', 'CHECKOUT_WITHDRAWN'), aCancellation('a@b.example')];
    await replica.notify.execute(messages);
    await allIsDelivered();
    expect(shop.mail.mails).toHaveLength(1);
  });

  it('goes to a manager about items that ran out', async () => {
    const { id } = await replica.subscriptions.create({
      events: ['stock.depleted'],
      filter: { store: [{ prefix: 'Ber' }] },
      deliver: { email: 'manager@b.example' },
    });
    await replica.notify.execute([aDepletion('Berlin'), aDepletion('Leeds')]);
    await allIsDelivered();
    expect(shop.mail.mails.map(({ subject, recipients }) => [subject, ...recipients])).toEqual([
      ['Out of stock: 85123A in Berlin', 'manager@b.example'],
    ]);
    await replica.subscriptions.delete(id);
  });

  it('cannot be given further headers or recipients by what is in an order or a file', async () => {
    const { id } = await replica.subscriptions.create({
      events: ['stock.depleted'],
      deliver: { email: 'manager@b.example' },
    });
    await replica.notify.execute([aDepletion('Berlin\r\nBcc: all@b.example\r\n\r\nhello', '1')]);
    await replica.notify.execute([aConfirmation('a@b.example\r\nBcc: all@b.example')]);
    await replica.notify.execute([aConfirmation('a@b.example, all@b.example')]);
    await eventually(async () => expect(await customersDeadLetters()).toHaveLength(2));
    await eventually(() => expect(shop.mail.mails).toHaveLength(1));
    expect(shop.mail.mails[0]).toMatchObject({
      recipients: ['manager@b.example'],
      subject: 'Out of stock: 1 in Berlin Bcc: all@b.example hello',
    });
    expect(shop.mail.mails[0]!.headers.map(({ key }) => key)).not.toContain('bcc');
    expect((await customersDeadLetters())[0]).toMatchObject({
      attempts: 1,
      error: 'EMAIL.ADDRESS_INVALID: no mail can be sent to this address',
    });
    await rows(replica, 'TRUNCATE deliveries');
    await replica.subscriptions.delete(id);
  });

  it('has the same Message-ID when it is sent again, because nobody could tell whether it was taken', async () => {
    const message = aConfirmation('a@b.example');
    let taken = 0;
    shop.mail.onTaken = async () => {
      taken += 1;
      if (taken > 1) return;
      // The server keeps the mail and goes away before it says so.
      await shop.mail.stop();
      await shop.mail.listen();
    };
    await replica.notify.execute([message]);
    await allIsDelivered();
    const id = deliveryId({ eventId: message.id, subscriptionId: CUSTOMERS_SUBSCRIPTION_ID });
    expect(shop.mail.mails.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: 2 }, () => `<${id}@looseleaf.example>`),
    );
  });

  it('that is refused for good is given up at once, and takes no other with it', async () => {
    shop.mail.onRecipient = (address) => {
      if (address.startsWith('nobody')) throw new SmtpRefusal(550, 'no such user');
    };
    await replica.notify.execute([aConfirmation('nobody@b.example'), aConfirmation('a@b.example')]);
    await eventually(() => expect(shop.mail.mails).toHaveLength(1));
    const [deadLetter] = await eventually(async () => {
      const found = await customersDeadLetters();
      expect(found).toHaveLength(1);
      return found;
    });
    expect(deadLetter).toMatchObject({ attempts: 1, error: expect.stringContaining('550 no such user') as string });

    shop.mail.onRecipient = () => undefined;
    expect(await replica.deadLetters.redrive(CUSTOMERS_SUBSCRIPTION_ID, 10)).toBe(1);
    await allIsDelivered();
    expect(shop.mail.mails.map(({ recipients }) => recipients.join())).toEqual(['a@b.example', 'nobody@b.example']);
  });

  it('that is refused for now is sent again, and given up after its last attempt', async () => {
    let refusals = 0;
    shop.mail.onRecipient = (address) => {
      if (address.startsWith('full') || (refusals += 1) === 1) throw new SmtpRefusal(451, 'come back later');
    };
    await replica.notify.execute([aConfirmation('a@b.example'), aConfirmation('full@b.example')]);
    await eventually(async () => expect(await customersDeadLetters()).toMatchObject([{ attempts: 3 }]));
    await eventually(() => expect(shop.mail.mails.map(({ recipients }) => recipients)).toEqual([['a@b.example']]));
    await rows(replica, 'TRUNCATE deliveries');
  });

  it('waits for a server that is away, for as long as it is, and nothing of it is given up', async () => {
    await shop.mail.stop();
    await replica.notify.execute(Array.from({ length: 20 }, (_, index) => aConfirmation(`c${index}@b.example`)));
    await eventually(() =>
      expect(replica.warnings.map(({ text }) => text)).toContain('the mail server is away; mail waits'),
    );
    expect(await attempts()).toHaveLength(20);
    expect((await attempts()).every((row) => row.attempts === 0)).toBe(true);
    await shop.mail.listen();
    await allIsDelivered();
    expect(new Set(shop.mail.mails.map(({ recipients }) => recipients.join())).size).toBe(20);
    expect(shop.mail.mails).toHaveLength(20);
  });

  it('waits for a server that does not answer, and webhooks do not', async () => {
    const answers: (() => void)[] = [];
    shop.mail.onTaken = () => new Promise((resolve) => answers.push(resolve));
    await replica.notify.execute([aConfirmation('a@b.example')]);
    await eventually(() => expect(answers.length).toBeGreaterThan(1));
    expect((await attempts()).map((row) => row.attempts)).toEqual([0]);
    shop.mail.onTaken = () => undefined;
    await allIsDelivered();
    for (const answer of answers) answer();
  });

  it('that the server takes its time about delays other recipients as little as if it was not there', async () => {
    const patient = await shop.replica({ smtpTimeoutMs: 60_000 });
    await replica.stop();
    const toSlow = Array.from({ length: 10 }, () => aConfirmation('slow@b.example'));
    await patient.notify.execute(toSlow);
    await eventually(async () => expect(await open(patient)).toBe(0));
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    shop.mail.onTaken = ({ recipients }) => (recipients[0] === 'slow@b.example' ? released : undefined);
    const others = Array.from({ length: 40 }, (_, index) => `c${index}@b.example`).filter(
      (email) =>
        laneOf(CUSTOMERS_SUBSCRIPTION_ID, { email }) !== laneOf(CUSTOMERS_SUBSCRIPTION_ID, { email: 'slow@b.example' }),
    );
    expect(others.length).toBeGreaterThan(20);
    await patient.notify.execute(toSlow.map((message) => ({ ...message, id: randomUUID() })));
    await patient.notify.execute(others.map((email) => aConfirmation(email)));
    await eventually(async () => expect(await open(patient)).toBe(10));
    release();
    await eventually(async () => expect(await open(patient)).toBe(0));
    expect(shop.mail.mails).toHaveLength(others.length + 20);
    replica = await shop.replica();
    await patient.stop();
  });

  it('about which the server never answers is given up after its last attempt, and holds up no other', async () => {
    shop.mail.onTaken = ({ recipients }) =>
      recipients[0]!.startsWith('slow') ? new Promise<never>(() => undefined) : undefined;
    await replica.notify.execute([aConfirmation('slow@b.example')]);
    await eventually(async () => {
      await replica.notify.execute([aConfirmation('a@b.example')]);
      expect(await customersDeadLetters()).toMatchObject([{ attempts: 3 }]);
    });
    await eventually(async () => expect(await attempts()).toHaveLength(1));
    await rows(replica, 'TRUNCATE deliveries');
  });
});
