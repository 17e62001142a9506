import { ample } from './catalogue.js';
import type { HttpAnswer } from './http-client.js';
import type { TestShop } from './test-shop.js';
import { until } from './until.js';
import { WebhookReceiver } from './webhook-receiver.js';

/** What whoever subscribes while the notifier is away gets. */
const AWAY: readonly number[] = [502, 503, 504];

/** Orders and stock that are told of, and those whom the shop tells. */
export class News {
  /** What happened, as in `order.confirmed 0199…`. */
  readonly #events = new Set<string>();
  readonly #receivers: WebhookReceiver[] = [];
  /** Every status that a subscriber got, besides success. */
  readonly refusals = new Set<number>();

  constructor(
    private readonly shop: TestShop,
    /** Tells its customers and items from those of others. */
    private readonly name: string,
  ) {}

  /** A receiver of its own that has subscribed to all of it: to orders, and to stock. */
  async newReceiver(): Promise<{ receiver: WebhookReceiver; subscriptions: readonly string[] }> {
    const receiver = await WebhookReceiver.start(`the secret of receiver ${this.#receivers.length} of ${this.name}`);
    this.#receivers.push(receiver);
    const mine = [{ prefix: `${this.name}-` }];
    const orders = await this.#subscribe(receiver, { events: ['order.confirmed'], filter: { customerId: mine } });
    const stock = await this.#subscribe(receiver, { events: ['stock.depleted'], filter: { sku: mine } });
    return { receiver, subscriptions: [orders, stock] };
  }

  /** Tries until the shop takes it. @returns the subscription's id */
  async #subscribe({ url, secret }: WebhookReceiver, what: object): Promise<string> {
    const body = JSON.stringify({ ...what, deliver: { webhook: url, secret } });
    return until('the subscription is taken', async () => {
      const answer = await this.operate('POST', '/v1/subscriptions', body);
      if (answer.status === 201) return (answer.body as { id: string }).id;
      this.refusals.add(answer.status);
      expect(AWAY).toContain(answer.status);
      return false;
    });
  }

  /** A call of an operator's. */
  operate(method: 'GET' | 'POST', path: string, body?: string): Promise<HttpAnswer> {
    const authorization = `Bearer ${this.shop.running.operatorKey}`;
    const headers = { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) };
    return this.shop.client.raw({ method, path, headers, ...(body !== undefined && { body }) });
  }

  /** So many customers order something, and as many items are found to be sold out. */
  async happen(times: number): Promise<void> {
    for (let count = 0; count < times; count++) {
      const name = `${this.name}-${this.#events.size}`;
      const order = { customerId: name, lines: [{ sku: ample(count), quantity: 1 }] };
      this.shop.ledger.send(name, order);
      const { status, body } = await this.shop.client.placeOrder(order, name);
      expect(status).toBe(202);
      this.shop.ledger.accept(name, body.id);
      this.#events.add(`order.confirmed ${body.id}`);
      const file = await this.shop.client.sendStockFile(`store,item,count\nLeeds,${name},0\n`);
      expect(file.status).toBe(202);
      this.#events.add(`stock.depleted Leeds ${name}`);
    }
  }

  /** Waits until the receiver has taken everything that has happened. */
  async untilKnownTo(receiver: WebhookReceiver): Promise<void> {
    await until('the receiver has taken all of it', () => this.#missingAt(receiver).length === 0);
  }

  /**
   * All receivers know all of it and nothing else, each event under one id. A call may have been made again under the id that
   * it had: that is where exactly-once ends, see docs/patterns/fan-out-notifications.md.
   */
  async expectEachToldOnce(): Promise<void> {
    for (const receiver of this.#receivers) {
      await this.untilKnownTo(receiver);
      expect(receiver.calls.filter(({ isGenuine }) => !isGenuine)).toEqual([]);
      const byId = new Map(receiver.taken.map((call) => [call.id, describe(call)]));
      expect([...byId.values()].sort()).toEqual([...this.#events].sort());
    }
  }

  close(): Promise<unknown> {
    return Promise.all(this.#receivers.map((receiver) => receiver.leave()));
  }

  #missingAt({ taken }: WebhookReceiver): string[] {
    const known = new Set(taken.map(describe));
    return [...this.#events].filter((event) => !known.has(event));
  }
}

function describe({ notice: { type, data } }: WebhookReceiver['taken'][number]): string {
  return [type, data.orderId ?? `${data.store} ${data.sku}`].join(' ');
}
