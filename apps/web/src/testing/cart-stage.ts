import { ORDERS_PLACE_QUEUE, type OrderLine } from '@looseleaf/contracts';
import { startTestPostgres, type TestPostgres } from '@looseleaf/infra';
import type { OrderView } from '../read-order/order-view.schema.js';
import { ServiceProcess } from './service-process.js';
import { WebStage } from './web-stage.js';
import { isEmpty, until, type WebOptions, type WebUnderTest } from './web-under-test.js';

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
  readonly #known = new Set<string>();

  private constructor(
    private readonly stage: WebStage,
    readonly postgres: TestPostgres,
    readonly sessions: ServiceProcess,
    readonly orders: ServiceProcess,
  ) {}

  static async start({ checkoutLeaseMs = 1_500 }: { checkoutLeaseMs?: number } = {}): Promise<CartStage> {
    const [stage, postgres] = await Promise.all([WebStage.start(), startTestPostgres()]);
    const [sessions, orders] = await Promise.all([
      ServiceProcess.start('sessions', {
        DATABASE_URL: await postgres.createDatabase('sessions'),
        SESSION_CACHE: 'write-through',
        CHECKOUT_LEASE_MS: String(checkoutLeaseMs),
      }),
      ServiceProcess.start('orders', {
        DATABASE_URL: await postgres.createDatabase('orders'),
        BROKER: 'postgres',
        BROKER_URL: stage.brokerUrl,
        ORDER_CACHE: 'write-through',
      }),
    ]);
    return new CartStage(stage, postgres, sessions, orders);
  }

  get brokerUrl(): string {
    return this.stage.brokerUrl;
  }

  /** The broker's server, which can be away without the sessions and the orders. */
  get brokerPostgres(): TestPostgres {
    return this.stage.postgres;
  }

  /** Starts another replica of the web tier. */
  replica(options: Pick<WebOptions, 'sessionsUrl' | 'cartCache' | 'cartFreshMs'> = {}): Promise<WebUnderTest> {
    const [sessionsUrl, ordersUrl] = [this.sessions.url, this.orders.url];
    return this.stage.replica({ sessionsUrl, ordersUrl, sendTimeoutMs: 500, ...options });
  }

  /** The orders since the last call, once the order service has taken all that waits, and what became of them. */
  async takeOrders(): Promise<OrderView[]> {
    await until(() => isEmpty(this.stage.broker, ORDERS_PLACE_QUEUE));
    const { items } = (await (await this.orders.ask('/internal/orders?limit=500')).json()) as { items: OrderView[] };
    const fresh = items.filter(({ id }) => !this.#known.has(id));
    for (const { id } of fresh) this.#known.add(id);
    return fresh;
  }

  async stop(): Promise<void> {
    await Promise.all([this.sessions.stop(), this.orders.stop()]);
    await Promise.all([this.stage.stop(), this.postgres.stop()]);
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
