import { ORDERS_PLACE_QUEUE, type OrderLine } from '@looseleaf/contracts';
import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { MessageBroker } from '@looseleaf/messaging';
import type { OrderView } from '../read-order/order-view.schema.js';
import { ServiceProcess } from './service-process.js';
import { isEmpty, provisionBroker, startWeb, until, type WebOptions, type WebUnderTest } from './web-under-test.js';

/** A cart as it is answered. */
export interface Cart {
  readonly version: number;
  readonly lines: readonly OrderLine[];
  readonly customerId?: string;
  readonly email?: string;
  readonly checkout?: { readonly state: string };
  readonly lastOrder?: { readonly id: string };
}

/** A web tier with a broker, a session store and an order service behind it, all of them real. Nothing has any stock. */
export class CartStage {
  readonly #replicas: WebUnderTest[] = [];
  readonly #known = new Set<string>();

  private constructor(
    readonly postgres: TestPostgres,
    readonly brokerPostgres: TestPostgres,
    readonly broker: MessageBroker,
    readonly sessions: ServiceProcess,
    readonly orders: ServiceProcess,
  ) {}

  /** The broker has a server of its own: it can be away without the sessions. */
  static async start({ checkoutLeaseMs = 1_500 }: { checkoutLeaseMs?: number } = {}): Promise<CartStage> {
    const [postgres, brokerPostgres] = await Promise.all([startTestPostgres(), startTestPostgres()]);
    const broker = await provisionBroker(await brokerPostgres.createDatabase('broker'));
    const [sessions, orders] = await Promise.all([
      ServiceProcess.start('sessions', {
        DATABASE_URL: await postgres.createDatabase('sessions'),
        SESSION_CACHE: 'write-through',
        CHECKOUT_LEASE_MS: String(checkoutLeaseMs),
      }),
      ServiceProcess.start('orders', {
        DATABASE_URL: await postgres.createDatabase('orders'),
        BROKER: 'postgres',
        BROKER_URL: brokerPostgres.url('broker'),
        ORDER_CACHE: 'write-through',
      }),
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

  /** The orders since the last call, once the order service has taken all that waits, and what became of them. */
  async takeOrders(): Promise<OrderView[]> {
    await until(() => isEmpty(this.broker, ORDERS_PLACE_QUEUE));
    const { items } = (await (await this.orders.ask('/internal/orders?limit=500')).json()) as { items: OrderView[] };
    const fresh = items.filter(({ id }) => !this.#known.has(id));
    for (const { id } of fresh) this.#known.add(id);
    return fresh;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#replicas.map((web) => web.stop()));
    await Promise.all([this.sessions.stop(), this.orders.stop(), this.broker.close()]);
    await Promise.all([this.postgres.stop(), this.brokerPostgres.stop()]);
  }
}

/** A customer: a browser, as far as its cookie goes. */
export class Customer {
  constructor(
    /** The replica that is asked next. */
    public web: WebUnderTest,
    /** The `sid` cookie. */
    public cookie?: string,
  ) {}

  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const response = await fetch(`${this.web.url}${path}`, {
      method,
      headers: {
        cookie: this.cookie === undefined ? 'other=1' : `other=1; sid=${this.cookie}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const [set] = response.headers.getSetCookie();
    if (set !== undefined) this.cookie = /^sid=([^;]*)/.exec(set)?.[1];
    return response;
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
