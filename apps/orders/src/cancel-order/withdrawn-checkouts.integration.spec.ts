import { orderCancelled } from '@looseleaf/contracts';
import { aCancellation, anOrderId, aPlacing, TestOrders } from '../testing/test-orders.js';

describe('The withdrawal of a checkout', () => {
  let orders: TestOrders;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  afterAll(() => orders.stop());

  const withdraw = (orderId: string): ReturnType<typeof aCancellation> => aCancellation(orderId, 'CHECKOUT_WITHDRAWN');

  it('leaves an order that was placed before it', async () => {
    const message = aPlacing();
    const { orderId } = message.body;
    await orders.place.execute([message]);
    await orders.cancel.execute([withdraw(orderId)]);
    expect(await orders.row(orderId)).toMatchObject({ state: 'accepted', history: [{ state: 'accepted' }] });
    expect((await orders.takeSentAbout(orderId))['inventory.reserve']).toEqual(['stock.reserve']);
  });

  it('keeps an order that comes after it from being placed, and tells why', async () => {
    const message = aPlacing({ email: 'c@example.com' });
    const { orderId } = message.body;
    await orders.cancel.execute([withdraw(orderId)]);
    await orders.place.execute([message]);
    expect(await orders.row(orderId)).toMatchObject({
      state: 'cancelled',
      history: [{ state: 'accepted' }, { state: 'cancelled', reason: 'CHECKOUT_WITHDRAWN' }],
    });
    const sent = await orders.takeSent();
    expect(sent.has('inventory.reserve')).toBe(false);
    const told = sent.get('orders.events')!.find(({ name }) => name === orderCancelled.name);
    expect(told!.body).toMatchObject({ orderId, email: 'c@example.com', reason: 'CHECKOUT_WITHDRAWN' });
  });

  it('does not stand in the way of a customer who cancels in the same batch, whichever comes first', async () => {
    const [one, other] = [aPlacing(), aPlacing()];
    await orders.place.execute([one, other]);
    const [first, second] = [one.body.orderId, other.body.orderId];
    await orders.cancel.execute([
      withdraw(first),
      aCancellation(first),
      aCancellation(second),
      withdraw(second),
      withdraw(anOrderId()),
    ]);
    for (const id of [first, second]) expect(await orders.row(id)).toMatchObject({ state: 'cancelled' });
    const told = (await orders.takeSent()).get('orders.events')!.filter(({ name }) => name === orderCancelled.name);
    expect(told.map(({ body }) => (body as { reason?: string }).reason)).toEqual([undefined, undefined]);
  });
});
