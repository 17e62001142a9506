import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const TAKEN = 204;
const TOLERANCE_SECONDS = 5 * 60;

/** What a webhook says. */
export interface Notice {
  readonly type: string;
  readonly data: { readonly orderId?: string; readonly store?: string; readonly sku?: string };
}

/** A call as it arrived, and what it was answered. */
export interface ReceivedCall {
  /** The same at each attempt of a delivery. */
  readonly id: string;
  readonly notice: Notice;
  readonly isGenuine: boolean;
  /** `undefined`: nothing at all. */
  readonly answer: number | undefined;
}

/** Somebody else's web server on this machine, to which the shop sends events. */
export class WebhookReceiver {
  /** What calls are answered; `undefined`: they hang. */
  answer: number | undefined = TAKEN;
  readonly calls: ReceivedCall[] = [];
  #server: Server | undefined;
  #port = 0;

  private constructor(readonly secret: string) {}

  static async start(secret: string): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(secret);
    await receiver.listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  /** The calls that were answered as those of a healthy receiver are. */
  get taken(): ReceivedCall[] {
    return this.calls.filter(({ answer }) => answer === TAKEN);
  }

  /** On the port that it had before, if it had one. */
  async listen(): Promise<void> {
    this.#server = createServer((request, response) => void this.#receive(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Whoever calls from now on is refused the connection; calls that hang are broken off. */
  async leave(): Promise<void> {
    const server = this.#server;
    if (!server?.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { answer } = this;
    const id = String(request.headers['webhook-id']);
    const notice = JSON.parse(body) as Notice;
    this.calls.push({ id, notice, isGenuine: isGenuine(this.secret, request.headers, body), answer });
    if (answer !== undefined) response.writeHead(answer).end();
  }
}

/** As docs/patterns/fan-out-notifications.md says. */
function isGenuine(secret: string, headers: IncomingMessage['headers'], body: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1_000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return false;
  const signed = `${String(id)}.${String(timestamp)}.${body}`;
  const expected = createHmac('sha256', secret).update(signed).digest();
  return String(signatures)
    .split(' ')
    .map((signature) => Buffer.from(signature.replace(/^v1,/, ''), 'base64'))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
