import { randomUUID } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { Progress } from '../report/progress.js';
import type { PlannedOrder, PlannedStep } from '../trade/planned-step.js';
import { HttpClient } from './http-client.js';
import { PersistentCaller } from './persistent-caller.js';
import { sendTrade } from './send-trade.js';

interface Cart {
  readonly lines: Map<string, unknown>;
  orders: number;
}
type Fault = { status: number; body?: object } | 'hang up' | 'do it, and hang up';

/** Carts by their cookie, and the requests that came, each with the position of its session. */
let carts: Map<string, Cart>;
let seen: string[];
let checkouts: { lines: Record<string, unknown>; body: unknown }[];
/** What goes wrong with a request, and with its repetitions. */
let fault: (request: string, times: number) => Fault | undefined;
let keepsCarts: boolean;
let server: http.Server;
let client: HttpClient;

beforeEach(async () => {
  carts = new Map();
  seen = [];
  checkouts = [];
  fault = () => undefined;
  keepsCarts = false;
  server = http.createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 8);
});
afterEach(async () => {
  client.close();
  await new Promise((resolve) => server.close(resolve));
});

async function respond(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const sid = /^sid=(.+)$/.exec(request.headers.cookie ?? '')?.[1] ?? randomUUID();
  if (!carts.has(sid)) carts.set(sid, { lines: new Map(), orders: 0 });
  const call = `${[...carts.keys()].indexOf(sid)} ${request.method} ${request.url}`;
  seen.push(call);
  const wrong = fault(call, seen.filter((other) => other === call).length);
  if (wrong === 'hang up') return void request.socket.destroy();
  if (typeof wrong === 'object') return void response.writeHead(wrong.status).end(JSON.stringify(wrong.body ?? {}));
  const [status, body] = serve(request, sid, text === '' ? undefined : JSON.parse(text));
  if (wrong === 'do it, and hang up') return void request.socket.destroy();
  response.writeHead(status, { 'set-cookie': `sid=${sid}; HttpOnly; SameSite=Lax` }).end(JSON.stringify(body));
}

function serve({ method, url = '' }: http.IncomingMessage, sid: string, body: unknown): [number, object] {
  const cart = carts.get(sid)!;
  const lines = Object.fromEntries(cart.lines);
  if (method === 'PUT') cart.lines.set(decodeURIComponent(url.split('/').at(-1)!), body);
  if (method !== 'POST') return [200, { lines: [...cart.lines].map(([sku, line]) => ({ sku, ...(line as object) })) }];
  if (cart.lines.size > 0) {
    checkouts.push({ lines, body });
    cart.orders += 1;
    if (!keepsCarts) cart.lines.clear();
  }
  return [202, { id: `${[...carts.keys()].indexOf(sid)}/${cart.orders}`, state: 'accepted' }];
}

function anOrder(key: string, customerId: string | undefined, units: Record<string, number>): PlannedOrder {
  const lines = Object.entries(units).map(([sku, quantity]) => ({ sku, quantity, unitPriceMinor: 255 }));
  return { key, lines, ...(customerId !== undefined && { customerId }) };
}

async function send(steps: PlannedStep[], options: { checkPrices?: boolean } = {}, patienceMs = 10_000) {
  const caller = new PersistentCaller(client, patienceMs);
  const progress = new Progress('test', steps.length, { write: () => true });
  const fixed = { via: 'cart' as const, runId: 'run', batchSize: 1, concurrency: 8 };
  const log = await sendTrade(steps, { checkPrices: false, ...fixed, caller, progress, ...options });
  return { log, retries: caller.retries };
}

describe('Sending trade through carts', () => {
  it('fills a cart line by line, checks out, and looks whether the cart is empty', async () => {
    const { log } = await send([anOrder('1', '5', { '11111': 2, 'A/B': 3 })]);
    expect(seen).toEqual([
      '0 PUT /v1/cart/lines/11111',
      '0 PUT /v1/cart/lines/A%2FB',
      '0 POST /v1/cart/checkout',
      '0 GET /v1/cart',
    ]);
    expect(checkouts).toEqual([
      { lines: { '11111': { quantity: 2 }, 'A/B': { quantity: 3 } }, body: { customerId: '5' } },
    ]);
    expect(log.sent()).toMatchObject([{ id: '0/1', customerId: '5' }]);
    expect([log.latenciesMs.length, log.cartLatenciesMs.length]).toEqual([1, 2]);
    expect([log.cartsEmptied, log.cartsNotEmptied]).toEqual([1, []]);
  });

  it('puts an item that an invoice names twice into the cart once, and its price when prices are to be checked', async () => {
    const line = { sku: '11111', quantity: 2, unitPriceMinor: 255 };
    await send([{ key: '1', lines: [line, { ...line, quantity: 3 }] }], { checkPrices: true });
    expect(checkouts).toMatchObject([{ lines: { '11111': { quantity: 5, seenUnitPriceMinor: 255 } } }]);
  });

  it('lets a customer finish one order before the next, in one session, while others order', async () => {
    const orders = [1, 2, 3].flatMap((number) =>
      ['a', 'b'].map((customer) => anOrder(`${customer}${number}`, customer, { [`${customer}${number}`]: number })),
    );
    const { log } = await send(orders);
    expect(carts.size).toBe(2);
    expect(checkouts.map(({ lines }) => Object.keys(lines))).toHaveLength(6);
    for (const { lines, body } of checkouts) {
      expect(Object.keys(lines)).toEqual([expect.stringMatching(`^${(body as { customerId: string }).customerId}`)]);
    }
    expect(log.cartsEmptied).toBe(6);
  });

  it('gives those who do not say who they are a session each', async () => {
    await send(['1', '2', '3'].map((key) => anOrder(key, undefined, { '11111': 1 })));
    expect(carts.size).toBe(3);
  });

  it('repeats what got no lasting answer, and so checks out again for the same order', async () => {
    fault = (call, times) => {
      if (call === '0 PUT /v1/cart/lines/22222' && times === 1) return { status: 503 };
      if (call === '0 POST /v1/cart/checkout' && times === 1) return 'do it, and hang up';
      return call === '0 POST /v1/cart/checkout' && times === 2 ? { status: 500 } : undefined;
    };
    const { log, retries } = await send([anOrder('1', '5', { '11111': 1, '22222': 2 })]);
    expect(retries).toEqual({ '503': 1, ECONNRESET: 1, '500': 1 });
    expect(checkouts).toHaveLength(1);
    expect(log.sent()).toMatchObject([{ id: '0/1' }]);
    expect(log.cartsEmptied).toBe(1);
  });

  it('lets a customer whose order was refused half way come back as somebody new', async () => {
    fault = (call) => (call.endsWith('lines/bad') ? { status: 400, body: { code: 'CART.BAD' } } : undefined);
    const steps = [anOrder('1', '5', { '11111': 1, bad: 1 }), anOrder('2', '5', { '22222': 1 })];
    const { log } = await send(steps);
    expect(log.notAccepted()).toEqual({ 'CART.BAD': 1 });
    expect(checkouts).toMatchObject([{ lines: { '22222': { quantity: 1 } } }]);
    expect(log.sent()).toHaveLength(1);
  });

  it('gives up after its time, and then does not know whether the shop has the order', async () => {
    fault = (call) => (call.endsWith('checkout') ? { status: 503 } : undefined);
    const { log } = await send([anOrder('1', '5', { '11111': 1 })], {}, 100);
    expect(log.notAccepted()).toEqual({ 'UNANSWERED 503': 1 });
    expect(log.sent()).toHaveLength(1);
  });

  it('knows that the shop has no order of which it never checked out the cart', async () => {
    fault = (call) => (call.includes('PUT') ? 'hang up' : undefined);
    const { log } = await send([anOrder('1', '5', { '11111': 1 })], {}, 100);
    expect(log.notAccepted()).toEqual({ 'CART_UNANSWERED ECONNRESET': 1 });
    expect(log.sent()).toEqual([]);
  });

  it('tells of a cart that is not empty after its checkout', async () => {
    keepsCarts = true;
    const { log } = await send([anOrder('1', '5', { '11111': 1 })]);
    expect([log.cartsEmptied, log.cartsNotEmptied]).toEqual([0, ['0/1']]);
  });

  it('cancels an order that came out of a cart', async () => {
    const order = anOrder('1', '5', { '11111': 1 });
    const { log } = await send([order, { invoice: 'C1', cancels: order }]);
    expect(seen.at(-1)).toMatch(/POST \/v1\/orders\/0\/1\/cancellation$/);
    expect(log.cancellationsSent).toBe(1);
  });
});
