import { ORDERS_PLACE_QUEUE, type OrderLine, type PlaceOrder } from '@looseleaf/contracts';
import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { Message, MessageBroker } from '@looseleaf/messaging';
import { SessionStoreProcess } from './session-store-process.js';
import { answerProblem, startStandIn, type StandIn } from './stand-in.js';
import { provisionBroker, startWeb, takeAll, type WebOptions, type WebUnderTest } from './web-under-test.js';

/** A cart as it is answered. */
export interface Cart {
  readonly version: number;
  readonly lines: readonly OrderLine[];
  readonly customerId?: string;
  readonly email?: string;
  readonly checkout?: { readonly state: string };
  readonly lastOrder?: { readonly id: string };
}

/** A web tier with a real broker and a real session store behind it, and a stand-in for the order service. */
export class CartStage {
  readonly #replicas: WebUnderTest[] = [];

  private constructor(
    readonly postgres: TestPostgres,
    readonly brokerPostgres: TestPostgres,
    readonly broker: MessageBroker,
    readonly sessions: SessionStoreProcess,
    readonly orders: StandIn,
  ) {}

  /** The broker has a server of its own: it can be away without the sessions. */
  static async start(options: { checkoutLeaseMs?: number } = {}): Promise<CartStage> {
    const [postgres, brokerPostgres, orders] = await Promise.all([
      startTestPostgres(),
      startTestPostgres(),
      startStandIn(),
    ]);
    const [sessions, broker] = await Promise.all([
      postgres.createDatabase('sessions').then((databaseUrl) => SessionStoreProcess.start({ databaseUrl, ...options })),
      brokerPostgres.createDatabase('broker').then((url) => provisionBroker(url)),
    ]);
    return new CartStage(postgres, brokerPostgres, broker, sessions, orders);
  }

  /** Starts another replica of the web tier. */
  async replica(options: Partial<WebOptions> = {}): Promise<WebUnderTest> {
    const web = await startWeb({
      brokerUrl: this.brokerPostgres.url('broker'),
      sessionsUrl: this.sessions.url,
      ordersUrl: this.orders.url,
      sendTimeoutMs: 500,
      ...options,
    });
    this.#replicas.push(web);
    return web;
  }

  /** What is in the queue of the order service. */
  takeOrders(atLeast: number): Promise<Message<PlaceOrder>[]> {
    return takeAll(this.broker, ORDERS_PLACE_QUEUE, atLeast) as Promise<Message<PlaceOrder>[]>;
  }

  /** The order service knows no order. */
  forgetOrders(): void {
    this.orders.behave(answerProblem(404));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map((web) => web.stop()));
    await Promise.all([this.sessions.stop(), this.broker.close(), this.orders.disappear()]);
    await Promise.all([this.postgres.stop(), this.brokerPostgres.stop()]);
  }
}

/** A customer: a browser, as far as its cookies go. */
export class Customer {
  readonly #cookies: Map<string, string>;

  constructor(
    /** The replica that is asked next. */
    public web: WebUnderTest,
    cookies: string | ReadonlyMap<string, string> = new Map(),
  ) {
    this.#cookies = new Map(typeof cookies === 'string' ? [['sid', cookies]] : cookies);
  }

  /** The `sid` cookie. */
  get cookie(): string | undefined {
    return this.#cookies.get('sid');
  }

  /** All of them. */
  get cookies(): ReadonlyMap<string, string> {
    return new Map(this.#cookies);
  }

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.web.url}${path}`, {
      method,
      headers: {
        cookie: ['other=1', ...[...this.#cookies].map((pair) => pair.join('='))].join('; '),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    for (const set of response.headers.getSetCookie()) this.#take(set);
    return response;
  }

  #take(set: string): void {
    const [, name = '', value = ''] = /^([^=]*)=([^;]*)/.exec(set) ?? [];
    if (set.includes('Max-Age=0')) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }

  put(sku: string, quantity: number, headers: Record<string, string> = {}): Promise<Response> {
    return this.call('PUT', `/v1/cart/lines/${encodeURIComponent(sku)}`, { quantity }, headers);
  }

  remove(sku: string): Promise<Response> {
    return this.call('DELETE', `/v1/cart/lines/${encodeURIComponent(sku)}`);
  }

  checkOut(body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return this.call('POST', '/v1/cart/checkout', body, headers);
  }

  read(query = '', headers: Record<string, string> = {}): Promise<Response> {
    return this.call('GET', `/v1/cart${query}`, undefined, headers);
  }

  async cart(query = ''): Promise<Cart> {
    return (await (await this.read(query)).json()) as Cart;
  }

  /** `{ pen: 2 }`. */
  async quantities(query = ''): Promise<Record<string, number>> {
    return quantitiesOf((await this.cart(query)).lines);
  }
}

export function quantitiesOf(lines: readonly OrderLine[]): Record<string, number> {
  return Object.fromEntries(lines.map(({ sku, quantity }) => [sku, quantity]));
}
