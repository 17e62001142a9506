import { startLossyProxy, type LossyProxy } from '../testing/lossy-proxy.js';
import { CartStage, Customer, quantitiesOf } from '../testing/cart-stage.js';
import { answerJson } from '../testing/stand-in.js';
import { problemOf, until, type WebUnderTest } from '../testing/web-under-test.js';

describe('A checkout', () => {
  let stage: CartStage;
  let web: WebUnderTest;
  let other: WebUnderTest;
  let proxy: LossyProxy;
  let lossy: WebUnderTest;

  beforeAll(async () => {
    stage = await CartStage.start();
    proxy = await startLossyProxy(stage.sessions.url);
    [web, other, lossy] = await Promise.all([
      stage.replica(),
      stage.replica(),
      stage.replica({ sessionsUrl: proxy.url }),
    ]);
  }, 120_000);
  afterEach(() => {
    proxy.decide(() => 'pass');
    stage.forgetOrders();
  });
  afterAll(async () => {
    await stage.stop();
    await proxy.stop();
  });

  const orderOf = async (response: Response): Promise<string> => {
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  /** The quantities of each order that is placed and not cancelled. */
  const liveOrders = async (atLeast: number): Promise<Record<string, Record<string, number>>> => {
    const messages = await stage.takeOrders(atLeast);
    const cancelled = messages.filter(({ name }) => name === 'order.cancel').map(({ body }) => body.orderId);
    const placed = messages.filter(({ name, body }) => name === 'order.place' && !cancelled.includes(body.orderId));
    return Object.fromEntries(placed.map(({ body }) => [body.orderId, quantitiesOf(body.lines)]));
  };

  it('orders the cart for who the customer is, and empties it', async () => {
    const customer = new Customer(web);
    await customer.call('PUT', '/v1/cart/lines/pen', { quantity: 2, seenUnitPriceMinor: 250 });
    const response = await customer.checkOut({ customerId: 'c-1', email: 'c@example.com', other: 1 });
    const { id, ...answer } = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(answer).toEqual({ state: 'accepted', acceptedAt: expect.stringMatching(/Z$/) });
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    const [message] = await stage.takeOrders(1);
    expect(message!.body).toMatchObject({
      orderId: id,
      customerId: 'c-1',
      email: 'c@example.com',
      lines: [{ sku: 'pen', quantity: 2, seenUnitPriceMinor: 250 }],
    });
    for (const replica of [web, other]) {
      customer.web = replica;
      expect(await customer.cart()).toMatchObject({ lines: [], customerId: 'c-1', lastOrder: { id } });
    }
    await customer.put('ink', 1);
    const second = await orderOf(await customer.checkOut());
    expect(second).not.toBe(id);
    expect((await stage.takeOrders(1))[0]!.body).toMatchObject({ orderId: second, customerId: 'c-1' });
  });

  it('is one order, however often and wherever it is sent', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 2);
    const before = customer.cookie;
    const tabs = Array.from({ length: 12 }, (_, index) => new Customer(index % 2 ? web : other, before));
    const ids = await Promise.all(tabs.map(async (tab) => orderOf(await tab.checkOut())));
    expect(new Set(ids).size).toBe(1);
    // Again, by who has not heard, and by who has.
    expect(await orderOf(await new Customer(web, before).checkOut())).toBe(ids[0]);
    expect(await orderOf(await tabs[0]!.checkOut())).toBe(ids[0]);
    expect(await liveOrders(1)).toEqual({ [ids[0]!]: { pen: 2 } });
    expect(await new Customer(other, before).quantities('?consistency=strong')).toEqual({});
  });

  it('is of the cart that the customer saw, whatever was put in since', async () => {
    const customer = new Customer(web);
    const etag = (await customer.put('pen', 2)).headers.get('etag')!;
    const id = await orderOf(await customer.checkOut(undefined, { 'if-match': etag }));
    await customer.put('ink', 1);
    expect(await orderOf(await customer.checkOut(undefined, { 'if-match': etag }))).toBe(id);
    expect(await customer.quantities()).toEqual({ ink: 1 });
    const next = (await customer.read()).headers.get('etag')!;
    await customer.put('cap', 1);
    expect(await problemOf(await customer.checkOut(undefined, { 'if-match': next }))).toMatchObject({
      status: 412,
      code: 'CART.CHANGED',
    });
    expect(await liveOrders(1)).toEqual({ [id]: { pen: 2 } });
  });

  it('needs something in the cart, and a body that is one', async () => {
    const customer = new Customer(web);
    expect(await problemOf(await customer.checkOut())).toMatchObject({ status: 409, code: 'CART.EMPTY' });
    await customer.put('pen', 1);
    expect(await problemOf(await customer.checkOut({ email: 'nobody' }))).toMatchObject({ status: 400 });
    await customer.remove('pen');
    expect(await problemOf(await customer.checkOut())).toMatchObject({ status: 409, code: 'CART.EMPTY' });
    const unknown = new Customer(web, `${'A'.repeat(43)}.3`);
    expect(await problemOf(await unknown.checkOut())).toMatchObject({ status: 409, code: 'CART.EMPTY' });
  });

  it('is answered 503 while the broker is away, keeps the cart, and is the same order when it is sent again', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 2);
    await stage.brokerPostgres.shutDown();
    const refused = await customer.checkOut();
    expect(refused.headers.has('retry-after')).toBe(true);
    expect((await problemOf(refused)).status).toBe(503);
    expect(await customer.cart()).toMatchObject({ lines: [{ sku: 'pen' }], checkout: { state: 'unknown' } });
    await stage.brokerPostgres.start();
    await until(async () => (await customer.checkOut()).status === 202);
    const id = await orderOf(await customer.checkOut());
    expect(await liveOrders(1)).toEqual({ [id]: { pen: 2 } });
    expect(await customer.cart()).toMatchObject({ lines: [], lastOrder: { id } });
  });

  it('of a cart that was changed after one whose outcome is unknown, does not become a second order', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    // The web process dies between the order and its note: nobody tells anybody.
    const cookie = customer.cookie;
    proxy.decide((call) => (call.endsWith('/completion') ? 'lose the request' : 'pass'));
    await customer.checkOut();
    const again = new Customer(web, cookie);
    await again.put('ink', 1);
    const busy = await again.checkOut();
    expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(busy)).toMatchObject({ status: 409, code: 'CHECKOUT.IN_PROGRESS' });
    await until(async () => (await again.checkOut()).status === 202);
    const id = await orderOf(await again.checkOut());
    const messages = await stage.takeOrders(3);
    expect(messages.map(({ name }) => name)).toEqual(['order.place', 'order.cancel', 'order.place']);
    expect(messages[1]!.body.orderId).toBe(messages[0]!.body.orderId);
    expect(messages[2]!.body.orderId).toBe(id);
    expect(quantitiesOf(messages[2]!.body.lines)).toEqual({ pen: 2, ink: 1 });
    expect(await again.quantities()).toEqual({});
  });

  it.each(['lose the request', 'lose the answer'] as const)(
    'stands when the session store dies right after it (%s), and the cart is emptied by whatever comes next',
    async (fate) => {
      const actions: [string, (customer: Customer) => Promise<unknown>, Record<string, number>][] = [
        ['read', (customer) => customer.read(), {}],
        ['change', (customer) => customer.put('ink', 1), { ink: 1 }],
      ];
      for (const [, act, left] of actions) {
        const customer = new Customer(lossy);
        await customer.put('pen', 2);
        proxy.decide((call) => (call.endsWith('/completion') ? fate : 'pass'));
        const id = await orderOf(await customer.checkOut());
        // It is not known there, so nobody says that the cart is full.
        expect((await customer.read()).status).toBe(503);
        proxy.decide(() => 'pass');
        customer.web = other;
        await act(customer);
        expect(await customer.quantities()).toEqual(left);
        expect(await customer.cart()).toMatchObject({ lastOrder: { id } });
        expect([...customer.cookies.keys()]).toEqual(['sid']);
        expect(await liveOrders(1)).toEqual({ [id]: { pen: 2 } });
      }
    },
  );

  it('that was accepted is not cancelled by one of a changed cart, though the session store never heard of it', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    proxy.decide((call) => (call.endsWith('/completion') ? 'lose the request' : 'pass'));
    const first = await orderOf(await customer.checkOut());
    customer.web = other;
    await customer.put('ink', 1);
    const second = await orderOf(await customer.checkOut());
    expect(await liveOrders(2)).toEqual({ [first]: { pen: 2 }, [second]: { ink: 1 } });
  });

  it('that was accepted stays so when the answer to another request overwrites the cookie', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    const tab = new Customer(other, customer.cookies);
    proxy.decide((call) => (call.endsWith('/completion') ? 'lose the request' : 'pass'));
    const first = await orderOf(await customer.checkOut());
    await tab.put('ink', 1);
    const browser = new Customer(other, new Map([...customer.cookies, ...tab.cookies]));
    await until(async () => (await browser.checkOut()).status === 202);
    const orders = await liveOrders(2);
    expect(orders[first]).toEqual({ pen: 2 });
    expect(Object.values(orders)).toEqual([{ pen: 2 }, { ink: 1 }]);
  });

  it('is accepted when the shop says so, and not when the customer does', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    proxy.decide((call) => (call.endsWith('/completion') ? 'lose the request' : 'pass'));
    await orderOf(await customer.checkOut());
    const [name = ''] = [...customer.cookies.keys()].filter((each) => each.startsWith('sid-accepted-'));
    const forged = new Customer(web, new Map([...customer.cookies, [name, `1.${'0'.repeat(36)}`]]));
    expect(await forged.quantities()).toEqual({ pen: 2 });
    expect(forged.cookies.has(name)).toBe(false);
    expect(await customer.call('GET', '/v1/cart')).toMatchObject({ status: 503 });
    expect(await new Customer(web, customer.cookies).quantities()).toEqual({});
    await liveOrders(1);
  });

  it('whose answer nobody got shows in the cart as soon as the order service knows it', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    const cookie = customer.cookie;
    proxy.decide((call) => (call.endsWith('/completion') ? 'lose the request' : 'pass'));
    const id = await orderOf(await customer.checkOut());
    const lost = new Customer(web, cookie);
    expect(await lost.cart()).toMatchObject({ lines: [{ sku: 'pen' }], checkout: { state: 'unknown' } });
    const history = [{ state: 'accepted', at: '2026-01-01T00:00:00.000Z' }];
    stage.orders.behave((request, response) => {
      const known = request.url === `/internal/orders/${id}`;
      answerJson({ id, state: known ? 'accepted' : 'cancelled', history })(request, response);
    });
    expect(await lost.cart()).toMatchObject({ lines: [], lastOrder: { id, acceptedAt: history[0]!.at } });
    expect(await orderOf(await lost.checkOut())).toBe(id);
    expect(await liveOrders(1)).toEqual({ [id]: { pen: 2 } });
  });

  it('promises nothing once another one may have withdrawn it', async () => {
    const customer = new Customer(lossy);
    await customer.put('pen', 2);
    const tab = new Customer(web, customer.cookies);
    let lose: (fate: 'lose the request') => void = () => undefined;
    const held = new Promise<'lose the request'>((resolve) => (lose = resolve));
    proxy.decide((call) => (call.endsWith('/completion') ? held : 'pass'));
    const slow = customer.checkOut();
    await until(async () => (await tab.cart('?consistency=strong')).checkout?.state === 'unknown');
    await tab.put('ink', 1);
    await until(async () => (await tab.checkOut()).status === 202);
    lose('lose the request');
    expect((await slow).status).toBe(503);
    expect(Object.values(await liveOrders(3))).toEqual([{ pen: 2, ink: 1 }]);
  });

  it('survives the death of the session store before it and after it', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 2);
    await stage.sessions.kill();
    expect((await customer.checkOut()).status).toBe(503);
    await stage.sessions.comeBack();
    await until(async () => (await customer.checkOut()).status === 202);
    await stage.sessions.kill();
    await stage.sessions.comeBack();
    await until(async () => (await customer.read('?consistency=strong')).status === 200);
    const id = await orderOf(await customer.checkOut());
    expect(await liveOrders(1)).toEqual({ [id]: { pen: 2 } });
    expect(await customer.quantities()).toEqual({});
  });

  it('promises nothing when the session store hangs for longer than others have to wait', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 1);
    stage.sessions.pause();
    const response = await customer.checkOut();
    stage.sessions.resume();
    expect((await problemOf(response)).status).toBe(504);
    await until(async () => (await customer.checkOut()).status === 202);
    expect(Object.values(await liveOrders(1))).toEqual([{ pen: 1 }]);
  });
});
