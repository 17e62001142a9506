import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Delivery } from '../deliver/delivery.js';
import { SecretBox } from '../subscriptions/secret-box.js';
import { WebhookReceiver, type ReceivedCall } from '../testing/webhook-receiver.js';
import { WebhookCaller } from './webhook-caller.js';

const PAGE = path.join(import.meta.dirname, '../../../../docs/patterns/fan-out-notifications.md');
const SUBSCRIPTION = '0199a2b4-0000-7000-8000-000000000001';
const SECRETS = ['a secret of enough characters', `whsec_${Buffer.alloc(32, 7).toString('base64')}`];

type IsGenuine = (secret: string, headers: object, body: string) => boolean;

describe('The verification of webhooks, as the documentation has it', () => {
  let folder: string;
  let isGenuine: IsGenuine;
  beforeAll(async () => {
    const [, code] = /```js\n(.*?)```/s.exec(await readFile(PAGE, 'utf8'))!;
    folder = await mkdtemp(path.join(tmpdir(), 'looseleaf-snippet-'));
    await writeFile(path.join(folder, 'verify.mjs'), code!);
    ({ isGenuine } = (await import(path.join(folder, 'verify.mjs'))) as { isGenuine: IsGenuine });
  });
  afterAll(() => rm(folder, { recursive: true }));

  const callWith = async (secret: string): Promise<ReceivedCall> => {
    const receiver = await WebhookReceiver.start();
    const secrets = new SecretBox('a key of thirty-two characters or more');
    const caller = new WebhookCaller({ secrets, policy: { allowLoopback: true }, timeoutMs: 5_000 });
    const delivery: Delivery = {
      eventId: '0199a2b4-0000-7000-8000-00000000000e',
      subscriptionId: SUBSCRIPTION,
      event: { name: 'stock.depleted', body: '{"store":"Köln","sku":"1"}', occurredAt: '2026-11-21T15:00:00.000Z' },
      channel: 'webhook',
      address: receiver.url,
      secret: secrets.seal(secret, SUBSCRIPTION),
      attempts: 0,
    };
    expect(await caller.deliver(delivery)).toEqual({ kind: 'delivered' });
    caller.close();
    await receiver.stop();
    return receiver.calls[0]!;
  };

  it.each(SECRETS)('believes a call that is signed with the secret %s', async (secret) => {
    const { headers, body } = await callWith(secret);
    expect(isGenuine(secret, headers, body)).toBe(true);
    // After a change of the secret, a call may have two signatures.
    expect(
      isGenuine(secret, { ...headers, 'webhook-signature': `v1,AAAA ${String(headers['webhook-signature'])}` }, body),
    ).toBe(true);
  });

  it('believes nothing that was changed, is old, or is signed by somebody else', async () => {
    const [secret = '', another = ''] = SECRETS;
    const { headers, body } = await callWith(secret);
    const old = String(Number(headers['webhook-timestamp']) - 6 * 60);
    expect(isGenuine(another, headers, body)).toBe(false);
    expect(isGenuine(secret, headers, body.replace('Köln', 'Bonn'))).toBe(false);
    expect(isGenuine(secret, { ...headers, 'webhook-id': 'msg_2' }, body)).toBe(false);
    expect(isGenuine(secret, { ...headers, 'webhook-timestamp': old }, body)).toBe(false);
    expect(isGenuine(secret, {}, body)).toBe(false);
  });
});
