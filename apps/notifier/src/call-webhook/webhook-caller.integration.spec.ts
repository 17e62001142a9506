import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { eventually } from '@looseleaf/infra';
import type { Delivery, Outcome } from '../deliver/delivery.js';
import { SecretBox } from '../subscriptions/secret-box.js';
import { NameServer } from '../testing/name-server.js';
import { HANG, status, WebhookReceiver } from '../testing/webhook-receiver.js';
import { createResolve } from './checked-lookup.js';
import { WebhookCaller, type WebhookCallerOptions } from './webhook-caller.js';

const SUBSCRIPTION = '0199a2b4-0000-7000-8000-000000000001';
const secrets = new SecretBox('a key of thirty-two characters or more');
const secret = secrets.seal('a secret of enough characters', SUBSCRIPTION);

function aDelivery(address: string): Delivery {
  return {
    eventId: '0199a2b4-0000-7000-8000-00000000000e',
    subscriptionId: SUBSCRIPTION,
    event: { name: 'stock.depleted', body: '{"store":"Berlin","sku":"1"}', occurredAt: '2026-11-21T15:00:00.000Z' },
    channel: 'webhook',
    address,
    secret,
    attempts: 0,
  };
}

describe('A call of a webhook', () => {
  let receiver: WebhookReceiver;
  let names: NameServer;
  const callers: WebhookCaller[] = [];
  const caller = (options: Partial<WebhookCallerOptions> = {}): WebhookCaller => {
    const resolve = createResolve([names.address]);
    const made = new WebhookCaller({
      secrets,
      policy: { allowLoopback: true },
      timeoutMs: 10_000,
      resolve,
      ...options,
    });
    callers.push(made);
    return made;
  };
  const call = (url = receiver.url, options: Partial<WebhookCallerOptions> = {}): Promise<Outcome> =>
    caller(options).deliver(aDelivery(url));
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
    names = await NameServer.start();
  });
  afterEach(async () => {
    for (const made of callers.splice(0)) made.close();
    await receiver.stop();
    await names.stop();
  });

  it.each([200, 201, 204, 299])('that is answered %i has arrived', async (code) => {
    receiver.answer = status(code);
    expect(await call()).toEqual({ kind: 'delivered' });
  });

  it.each([300, 304, 400, 401, 404, 429, 500, 503])('that is answered %i has failed, for now', async (code) => {
    receiver.answer = status(code);
    const error = `WEBHOOK.STATUS: the receiver answered ${code}`;
    expect(await call()).toEqual({ kind: 'failed', error, permanent: false });
  });

  it('that is answered 410 Gone has failed for good', async () => {
    receiver.answer = status(410);
    expect(await call()).toMatchObject({ kind: 'failed', permanent: true });
  });

  it('says how long the receiver wants to be left alone', async () => {
    receiver.answer = status(503, { 'retry-after': '7' });
    expect(await call()).toMatchObject({ kind: 'failed', retryAfterMs: 7_000 });
  });

  it('follows no redirect', async () => {
    const other = await WebhookReceiver.start();
    receiver.answer = status(307, { location: other.url });
    expect(await call()).toMatchObject({ kind: 'failed', error: 'WEBHOOK.STATUS: the receiver answered 307' });
    expect(other.calls).toEqual([]);
    await other.stop();
  });

  it('waits no longer than it may for an answer', async () => {
    receiver.answer = HANG;
    const outcome = await call(receiver.url, { timeoutMs: 300 });
    expect(outcome).toEqual({ kind: 'failed', error: 'WEBHOOK.TIMEOUT: no answer within 300 ms' });
  });

  it('finds that nobody listens', async () => {
    await receiver.stop();
    expect(await call()).toEqual({ kind: 'failed', error: 'WEBHOOK.CONNECTION: ECONNREFUSED' });
  });

  it('is over when the status is known, and reads no answer without end', async () => {
    let closed = false;
    receiver.answer = (_call, response) => {
      response.writeHead(200);
      response.on('close', () => (closed = true));
      const pump = (): void => void (response.destroyed || response.write('x'.repeat(1024), () => setImmediate(pump)));
      pump();
    };
    expect(await call()).toEqual({ kind: 'delivered' });
    await eventually(() => expect(closed).toBe(true));
  });

  it('uses a connection again, and makes another one when the receiver has closed it', async () => {
    const ports: number[] = [];
    let closeAfterAnswer = false;
    const server = rawServer((port, answer) => {
      ports.push(port);
      answer(closeAfterAnswer);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
    const one = caller();
    expect(await one.deliver(aDelivery(url))).toEqual({ kind: 'delivered' });
    closeAfterAnswer = true;
    expect(await one.deliver(aDelivery(url))).toEqual({ kind: 'delivered' });
    expect(new Set(ports).size).toBe(1);
    // The server cuts the kept connection when the next request comes over it, and serves the one after that.
    expect(await one.deliver(aDelivery(url))).toEqual({ kind: 'delivered' });
    expect(new Set(ports).size).toBe(2);
    server.close();
  });

  describe('by name', () => {
    const url = (host: string): string => receiver.url.replace('127.0.0.1', host);

    it('goes to an address of the name', async () => {
      names.addresses = () => ['127.0.0.1'];
      expect(await call(url('hooks.example'))).toEqual({ kind: 'delivered' });
      expect(receiver.calls[0]!.headers.host).toContain('hooks.example');
    });

    it.each([['127.0.0.1'], ['10.0.0.1'], ['169.254.169.254'], ['fd00::1'], ['::ffff:127.0.0.1']])(
      'does not go to %s where only the Internet is allowed, and does not tell the subscriber of it',
      async (address) => {
        names.addresses = () => [address];
        const outcome = await call(url('hooks.example'), { policy: { allowLoopback: false } });
        expect(outcome).toEqual({
          kind: 'failed',
          permanent: true,
          error: 'WEBHOOK.ADDRESS_REFUSED: hooks.example is in a network that webhooks must not reach',
          detail: expect.any(String) as string,
        });
        expect(receiver.calls).toEqual([]);
      },
    );

    it('goes nowhere when one address of several is not allowed', async () => {
      names.addresses = () => ['127.0.0.1', '192.168.0.1'];
      expect(await call(url('hooks.example'))).toMatchObject({ kind: 'failed', permanent: true });
      expect(receiver.calls).toEqual([]);
    });

    it('is safe from a name that changes its address between the check and the connection', async () => {
      // Each question is answered with another address, as a rebinding name server does.
      let asked = 0;
      names.addresses = () => ((asked += 1) > 2 ? ['127.0.0.1'] : ['93.184.216.34']);
      await call(url('hooks.example'), { policy: { allowLoopback: false }, timeoutMs: 300 });
      expect(names.questions).toHaveLength(2); // one for each family
      expect(await call(url('hooks.example'), { policy: { allowLoopback: false } })).toMatchObject({ permanent: true });
      expect(receiver.calls).toEqual([]);
    });

    it('fails for now when nobody knows the name', async () => {
      const outcome = await call(url('hooks.example'));
      expect(outcome).toEqual({ kind: 'failed', error: 'WEBHOOK.CONNECTION: ENODATA' });
    });
  });

  it.each([
    'http://127.0.0.1:PORT/',
    'http://[::ffff:7f00:1]:PORT/',
    'http://2130706433:PORT/',
    'http://localhost:PORT/',
  ])('does not go to %s where only the Internet is allowed', async (template) => {
    const port = new URL(receiver.url).port;
    const outcome = await call(template.replace('PORT', port), { policy: { allowLoopback: false } });
    expect(outcome).toMatchObject({ kind: 'failed', permanent: true });
    expect(receiver.calls).toEqual([]);
  });

  it('fails when the secret does not open, and sends nothing', async () => {
    const other = new SecretBox('another key of thirty-two characters');
    expect(await call(receiver.url, { secrets: other })).toMatchObject({ kind: 'failed' });
    expect(receiver.calls).toEqual([]);
  });
});

/** Answers 204 to each request; told to, it cuts the connection when another request comes over it. */
function rawServer(onRequest: (port: number, answer: (cutNext: boolean) => void) => void): Server {
  return createServer((socket) => {
    let cut = false;
    socket.on('error', () => undefined);
    socket.on('data', () => {
      if (cut) return void socket.resetAndDestroy();
      onRequest(socket.remotePort!, (cutNext) => {
        cut = cutNext;
        socket.write('HTTP/1.1 204 No Content\r\n\r\n');
      });
    });
  });
}
