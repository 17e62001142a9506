import type { Line, OrderBody } from './catalogue.js';
import type { CookieJar } from './cookie-jar.js';
import { HttpClient, type HttpAnswer, type HttpRequest } from './http-client.js';
import { HEALTHY, type CallName, type Journal } from './journal.js';

const JSON_BODY = { 'content-type': 'application/json' };

/** Whatever fields an answer has; what is wrong with them, the tests say. */
export type Body = Record<string, never>;

export interface ShopAnswer<T = Body> extends HttpAnswer {
  readonly body: T;
}

export interface OrderView {
  readonly id: string;
  readonly state: 'accepted' | 'confirmed' | 'rejected' | 'cancelled';
  readonly lines?: readonly { sku: string; quantity: number; unitPriceMinor?: number }[];
  readonly totalMinor?: number;
  readonly history: readonly { state: string; at: string; reason?: string; skus?: string[] }[];
}

export interface QueueView {
  readonly queue: string;
  readonly depth: number;
  readonly inFlight: number;
  readonly oldestAgeMs: number;
  readonly deadLettered: number;
}

/** Where a stock file can be put. */
export interface PreparedUpload {
  readonly id: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next?: string;
}

/** The shop's API, as customers and operators use it. Every call is written into the journal. */
export class ShopClient {
  readonly #http: HttpClient;
  readonly #operator: { authorization: string };

  constructor(
    baseUrl: string,
    operatorKey: string,
    private readonly journal: Journal,
  ) {
    this.#http = new HttpClient(baseUrl);
    this.#operator = { authorization: `Bearer ${operatorKey}` };
  }

  placeOrder(
    { customerId, email, lines }: OrderBody,
    key?: string,
  ): Promise<ShopAnswer<{ id: string; state: string }>> {
    const headers = { ...JSON_BODY, ...(key !== undefined && { 'idempotency-key': key }) };
    return this.#call('place order', {
      method: 'POST',
      path: '/v1/orders',
      headers,
      body: JSON.stringify({ customerId, email, lines }),
    });
  }

  placeBatch(
    orders: readonly (OrderBody & { idempotencyKey?: string })[],
  ): Promise<ShopAnswer<Page<{ id: string; state: string; code?: string }>>> {
    return this.#call('place batch', {
      method: 'POST',
      path: '/v1/orders/batch',
      headers: JSON_BODY,
      body: JSON.stringify(orders),
    });
  }

  readOrder(id: string): Promise<ShopAnswer<OrderView>> {
    return this.#call('read order', { method: 'GET', path: `/v1/orders/${id}` });
  }

  waitForOrder(id: string, waitSeconds = 10): Promise<ShopAnswer<OrderView>> {
    return this.#call('wait for order', {
      method: 'GET',
      path: `/v1/orders/${id}`,
      headers: { prefer: `wait=${waitSeconds}` },
    });
  }

  cancelOrder(id: string): Promise<ShopAnswer> {
    return this.#call('cancel order', { method: 'POST', path: `/v1/orders/${id}/cancellation` });
  }

  listOrders(query = ''): Promise<ShopAnswer<Page<OrderView>>> {
    return this.#call('list orders', { method: 'GET', path: `/v1/orders${query}` });
  }

  readItems(query = ''): Promise<ShopAnswer<Page<{ sku: string; unitPriceMinor?: number }>>> {
    return this.#call('read items', { method: 'GET', path: `/v1/items${query}` });
  }

  readStock(query = ''): Promise<ShopAnswer<Page<{ store: string; sku: string; count: number }>>> {
    return this.#call('read stock', { method: 'GET', path: `/v1/stock${query}` });
  }

  sendStockFile(csv: string): Promise<ShopAnswer<{ id: string; state: string }>> {
    const headers = { ...this.#operator, 'content-type': 'text/csv' };
    return this.#call('send stock file', { method: 'POST', path: '/v1/stock-files', headers, body: csv });
  }

  readStockFile(id: string): Promise<ShopAnswer<{ state: string; rowsImported: number; rowsRejected: number }>> {
    return this.#call('read stock file', { method: 'GET', path: `/v1/stock-files/${id}` });
  }

  readQueues(): Promise<ShopAnswer<Page<QueueView>>> {
    return this.#call('read queues', { method: 'GET', path: '/v1/queues', headers: this.#operator });
  }

  prepareUpload(): Promise<ShopAnswer<PreparedUpload>> {
    const headers = { ...this.#operator };
    return this.#call('prepare upload', { method: 'POST', path: '/v1/stock-files/uploads', headers });
  }

  putUpload({ url, headers }: PreparedUpload, content: string | Buffer): Promise<ShopAnswer> {
    const { origin, pathname, search } = new URL(url);
    return this.#call('put upload', { method: 'PUT', origin, path: pathname + search, headers, body: content });
  }

  changeCart(jar: CookieJar, { sku, ...line }: Line): Promise<ShopAnswer> {
    const body = JSON.stringify(line);
    return this.#callAs(jar, 'change cart', { method: 'PUT', path: `/v1/cart/lines/${sku}`, headers: JSON_BODY, body });
  }

  readCart(jar: CookieJar): Promise<ShopAnswer<{ lines: readonly Line[]; checkout?: object }>> {
    return this.#callAs(jar, 'read cart', { method: 'GET', path: '/v1/cart' });
  }

  /** @param customer who, and where to write to */
  checkOut(jar: CookieJar, customer: Omit<OrderBody, 'lines'>): Promise<ShopAnswer<{ id: string; state: string }>> {
    const body = JSON.stringify(customer);
    return this.#callAs(jar, 'check out', { method: 'POST', path: '/v1/cart/checkout', headers: JSON_BODY, body });
  }

  listSubscriptions(): Promise<ShopAnswer<Page<{ id: string }>>> {
    return this.#call('list subscriptions', { method: 'GET', path: '/v1/subscriptions', headers: this.#operator });
  }

  /** Any other call; not in the journal. */
  raw(request: HttpRequest): Promise<HttpAnswer> {
    return this.#http.call(request);
  }

  close(): void {
    this.#http.close();
  }

  async #callAs<T>(jar: CookieJar, call: CallName, request: HttpRequest): Promise<ShopAnswer<T>> {
    const answer = await this.#call<T>(call, { ...request, headers: { ...request.headers, ...jar.headers } });
    jar.take(answer);
    return answer;
  }

  async #call<T>(call: CallName, request: HttpRequest): Promise<ShopAnswer<T>> {
    const startedAtMs = performance.now();
    const answer = await this.#http.call(request);
    const { headers, body } = answer;
    // An S3 server says 200 of what the shop itself calls created.
    const status = call === 'put upload' && answer.status === 200 ? HEALTHY[call] : answer.status;
    this.journal.add({
      call,
      startedAtMs,
      endedAtMs: performance.now(),
      status,
      retryAfter: headers['retry-after'],
      reason: typeof body === 'string' ? body : (body as { code?: string }).code,
      servedBy: headers['looseleaf-served-by'] as string | undefined,
    });
    return { ...answer, status } as ShopAnswer<T>;
  }
}
