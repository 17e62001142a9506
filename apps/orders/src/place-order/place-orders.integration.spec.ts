import { randomUUID } from 'node:crypto';
import { PermanentError } from '@looseleaf/messaging';
import { aCancellation, anOrderId, aPlacing, LINES, TestOrders } from '../testing/test-orders.js';

describe('placing orders', () => {
  let orders: TestOrders;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  afterEach(() => orders.takeSent());
  afterAll(() => orders.stop());

  it('records an order, asks for its stock and tells that it was accepted', async () => {
    const message = aPlacing({ customerId: '17850', email: 'a@example.org' });
    const { orderId } = message.body;
    expect(await orders.place.execute([message])).toEqual([]);
    expect(await orders.row(orderId)).toMatchObject({
      state: 'accepted',
      customer_id: '17850',
      email: 'a@example.org',
      lines: LINES,
      total_minor: null,
      history: [{ state: 'accepted', at: '2010-12-01T08:26:00.000Z' }],
      accepted_at: new Date('2010-12-01T08:26:00.000Z'),
    });
    const sent = await orders.takeSent();
    expect(sent.get('inventory.reserve')).toMatchObject([
      {
        name: 'stock.reserve',
        groupKey: orderId,
        body: { orderId, lines: LINES },
        headers: { causationId: message.id },
      },
    ]);
    expect(sent.get('orders.events')).toMatchObject([
      { name: 'order.accepted', body: { orderId, customerId: '17850' } },
    ]);
  });

  it('takes 500 orders at once, and not one of them again when they are redelivered', async () => {
    const messages = Array.from({ length: 500 }, () => aPlacing());
    await orders.place.execute(messages);
    expect((await orders.takeSent()).get('inventory.reserve')).toHaveLength(500);
    await orders.place.execute([aPlacing(), ...messages]);
    expect((await orders.takeSent()).get('inventory.reserve')).toHaveLength(1);
  });

  it('makes one order of one id, also within a batch and when the message has another id', async () => {
    const order = { orderId: anOrderId(), requestDigest: 'digest' };
    await orders.place.execute([aPlacing(order), aPlacing(order)]);
    expect(await orders.place.execute([aPlacing(order)])).toEqual([]);
    expect(await orders.takeSentAbout(order.orderId)).toEqual({
      'inventory.reserve': ['stock.reserve'],
      'orders.events': ['order.accepted'],
    });
    expect(orders.warnings).toEqual([]);
  });

  it('never makes a second order of an idempotency key that comes with another request', async () => {
    const orderId = anOrderId();
    const other = [{ sku: 'other', quantity: 1 }];
    await orders.place.execute([aPlacing({ orderId, requestDigest: 'one' })]);
    expect(await orders.place.execute([aPlacing({ orderId, requestDigest: 'two', lines: other })])).toEqual([]);
    expect(await orders.row(orderId)).toMatchObject({ lines: LINES });
    expect(orders.warnings).toEqual([{ orderId }]);
  });

  it('fails an order whose id belongs to another one, and no other message of the batch', async () => {
    const orderId = anOrderId();
    const [first, same, clash, next] = [
      aPlacing({ orderId }),
      aPlacing({ orderId }),
      aPlacing({ orderId, email: 'b@example.org' }),
      aPlacing(),
    ];
    await orders.place.execute([first]);
    const failures = await orders.place.execute([same, clash, next]);
    expect(failures).toEqual([{ messageId: clash.id, error: expect.any(PermanentError) as unknown }]);
    expect(failures[0]!.error).toMatchObject({ code: 'ORDER.ID_TAKEN' });
    expect(await orders.row(next.body.orderId)).toBeDefined();
    expect(await orders.place.execute([clash])).toHaveLength(1);
  });

  it('records an order that was cancelled before it came as cancelled, and reserves nothing', async () => {
    const message = aPlacing({ customerId: '17850' });
    const { orderId } = message.body;
    await orders.cancel.execute([aCancellation(orderId)]);
    expect(await orders.takeSentAbout(orderId)).toEqual({});
    await orders.place.execute([message]);
    await orders.place.execute([{ ...message, id: randomUUID() }]);
    expect(await orders.row(orderId)).toMatchObject({
      state: 'cancelled',
      customer_id: '17850',
      lines: LINES,
      history: [{ state: 'accepted' }, { state: 'cancelled' }],
    });
    expect(await orders.takeSentAbout(orderId)).toEqual({ 'orders.events': ['order.accepted', 'order.cancelled'] });
  });
});
