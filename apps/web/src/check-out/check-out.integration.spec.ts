import { setTimeout as delay } from 'node:timers/promises';
import { startLossyProxy, type Fate, type LossyProxy } from '../testing/lossy-proxy.js';
import { CartStage, Customer, quantitiesOf } from '../testing/cart-stage.js';
import { problemOf, until, type WebUnderTest } from '../testing/web-under-test.js';

interface OrderPage {
  readonly items: readonly { readonly id: string }[];
}

const LEASE_MS = 1_500;

describe('A checkout', () => {
  let stage: CartStage;
  let web: WebUnderTest;
  let other: WebUnderTest;
  let proxy: LossyProxy;
  let lossy: WebUnderTest;

  beforeAll(async () => {
    stage = await CartStage.start({ checkoutLeaseMs: LEASE_MS });
    proxy = await startLossyProxy(stage.sessions.url);
    [web, other, lossy] = await Promise.all([
      stage.replica(),
      stage.replica(),
      stage.replica({ sessionsUrl: proxy.url }),
    ]);
  });
  afterEach(async () => {
    proxy.decide(() => 'pass');
    await stage.takeOrders();
  });
  afterAll(async () => {
    await stage.stop();
    await proxy.stop();
  });

  const orderOf = async (response: Response): Promise<string> => {
    if (response.status !== 202) throw new Error(`${response.status}: ${await response.text()}`);
    return ((await response.json()) as { id: string }).id;
  };
  /** The quantities of each order that was placed and not cancelled. */
  const liveOrders = async (): Promise<Record<string, Record<string, number>>> => {
    const live = (await stage.takeOrders()).filter(({ state }) => state !== 'cancelled');
    return Object.fromEntries(live.map(({ id, lines = [] }) => [id, quantitiesOf(lines)]));
  };
  /** The session store does not hear that an order was accepted. */
  const loseCompletion = (fate: Fate | Promise<Fate> = 'lose the request'): void =>
    proxy.decide((call) => (call.endsWith('/completion') ? fate : 'pass'));

  it('orders the cart for who the customer is, and empties it', async () => {
    const customer = new Customer(web);
    await customer.call('PUT', '/v1/cart/lines/pen', { quantity: 2, seenUnitPriceMinor: 250 });
    const response = await customer.checkOut({ customerId: 'c-1', email: 'c@example.com', other: 1 });
    const { id, ...answer } = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(answer).toEqual({ state: 'accepted', acceptedAt: expect.stringMatching(/Z$/) });
    expect(response.headers.get('location')).toBe(`/v1/orders/${id}`);
    expect(await stage.takeOrders()).toMatchObject([
      { id, lines: [{ sku: 'pen', quantity: 2, seenUnitPriceMinor: 250 }] },
    ]);
    for (const replica of [web, other]) {
      customer.web = replica;
      expect(await customer.cart()).toMatchObject({ lines: [], customerId: 'c-1', lastOrder: { id } });
    }
    await customer.put('ink', 1);
    const second = await orderOf(await customer.checkOut());
    expect(second).not.toBe(id);
    await stage.takeOrders();
    const { items } = (await (await stage.orders.ask('/internal/orders?customerId=c-1')).json()) as OrderPage;
    expect(items.map((order) => order.id)).toEqual([second, id]);
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
    expect(await liveOrders()).toEqual({ [ids[0]!]: { pen: 2 } });
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
    expect(await liveOrders()).toEqual({ [id]: { pen: 2 } });
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
    expect(await liveOrders()).toEqual({ [id]: { pen: 2 } });
    expect(await customer.cart()).toMatchObject({ lines: [], lastOrder: { id } });
  });

  it('that the broker refused gives way to one of the cart as it was changed since', async () => {
    const customer = new Customer(web);
    await customer.put('pen', 2);
    await stage.brokerPostgres.shutDown();
    expect((await customer.checkOut()).status).toBe(503);
    await stage.brokerPostgres.start();
    await customer.put('ink', 1);
    await until(async () => (await customer.checkOut()).status === 202);
    const id = await orderOf(await customer.checkOut());
    expect(await liveOrders()).toEqual({ [id]: { pen: 2, ink: 1 } });
    expect(await customer.quantities()).toEqual({});
  });

  describe('whose order was accepted while the session store could not be told', () => {
    it.each(['lose the request', 'lose the answer'] as const)(
      'stands (%s), and the cart is emptied by whatever comes next',
      async (fate) => {
        const actions: [string, (customer: Customer) => Promise<unknown>, Record<string, number>][] = [
          ['read', (customer) => customer.read(), {}],
          ['change', (customer) => customer.put('ink', 1), { ink: 1 }],
        ];
        for (const [, act, left] of actions) {
          const customer = new Customer(lossy);
          await customer.put('pen', 2);
          loseCompletion(fate);
          const id = await orderOf(await customer.checkOut());
          proxy.decide(() => 'pass');
          customer.web = other;
          await act(customer);
          await until(async () => (await customer.cart()).lastOrder?.id === id);
          expect(await customer.quantities()).toEqual(left);
          expect(await liveOrders()).toEqual({ [id]: { pen: 2 } });
        }
      },
    );

    it('stands while the session store is away, and nobody says that the cart is full', async () => {
      const customer = new Customer(lossy);
      await customer.put('pen', 2);
      loseCompletion();
      await orderOf(await customer.checkOut());
      proxy.decide(() => 'lose the request');
      expect((await customer.read()).status).toBe(503);
    });

    it.each(['after', 'before'] as const)(
      'stands beside one of a changed cart, %s its lease is over, for who kept nothing of its answer',
      async (when) => {
        const customer = new Customer(lossy);
        await customer.put('pen', 2);
        const { cookie } = customer;
        loseCompletion();
        const first = await orderOf(await customer.checkOut());
        const tab = new Customer(other, cookie);
        await tab.put('ink', 1);
        // Past the lease, a checkout of the same cart would be withdrawn.
        if (when === 'after') await delay(LEASE_MS);
        await until(async () => (await tab.checkOut()).status === 202);
        const second = await orderOf(await tab.checkOut());
        expect(await liveOrders()).toEqual({ [first]: { pen: 2 }, [second]: { ink: 1 } });
      },
    );

    it('stands while the order service is away, and one of a changed cart waits for that', async () => {
      const customer = new Customer(lossy);
      await customer.put('pen', 2);
      await stage.orders.kill();
      loseCompletion();
      const first = await orderOf(await customer.checkOut());
      customer.web = other;
      await customer.put('ink', 1);
      expect(await customer.cart()).toMatchObject({ lines: [{}, {}], checkout: { state: 'unknown' } });
      await delay(LEASE_MS);
      const busy = await customer.checkOut();
      expect(Number(busy.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await problemOf(busy)).toMatchObject({ status: 409, code: 'CHECKOUT.IN_PROGRESS' });
      await stage.orders.comeBack();
      await until(async () => (await customer.checkOut()).status === 202);
      const second = await orderOf(await customer.checkOut());
      expect(await liveOrders()).toEqual({ [first]: { pen: 2 }, [second]: { ink: 1 } });
    });

    it('is the same order when the same cart is checked out again', async () => {
      const customer = new Customer(lossy);
      await customer.put('pen', 2);
      const { cookie } = customer;
      loseCompletion();
      const id = await orderOf(await customer.checkOut());
      expect(await orderOf(await new Customer(web, cookie).checkOut())).toBe(id);
      expect(await liveOrders()).toEqual({ [id]: { pen: 2 } });
    });

    it('stands when another one has settled it before its own process could', async () => {
      const customer = new Customer(lossy);
      await customer.put('pen', 2);
      const tab = new Customer(web, customer.cookie);
      let lose: (fate: Fate) => void = () => undefined;
      loseCompletion(new Promise<Fate>((resolve) => (lose = resolve)));
      const slow = customer.checkOut();
      await until(async () => (await tab.cart('?consistency=strong')).lastOrder !== undefined);
      await tab.put('ink', 1);
      const second = await orderOf(await tab.checkOut());
      lose('lose the request');
      const first = await orderOf(await slow);
      expect(await liveOrders()).toEqual({ [first]: { pen: 2 }, [second]: { ink: 1 } });
    });
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
    expect(await liveOrders()).toEqual({ [id]: { pen: 2 } });
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
    expect(Object.values(await liveOrders())).toEqual([{ pen: 1 }]);
  });
});
