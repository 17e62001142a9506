import { PermanentError } from '@looseleaf/messaging';
import {
  aCancellation,
  anOrderId,
  aPlacing,
  aRefusal,
  aReservation,
  LINES,
  PRICED,
  PRICED_TOTAL_MINOR,
  TestOrders,
} from '../testing/test-orders.js';

describe('settling and cancelling orders', () => {
  let orders: TestOrders;
  beforeAll(async () => {
    orders = await TestOrders.start();
  });
  afterEach(() => orders.takeSent());
  afterAll(() => orders.stop());

  const placed = async (count: number): Promise<string[]> => {
    const messages = Array.from({ length: count }, () => aPlacing({ customerId: '17850' }));
    await orders.place.execute(messages);
    await orders.takeSent();
    return messages.map(({ body }) => body.orderId);
  };
  const placedOne = async (): Promise<string> => (await placed(1))[0]!;

  it('confirms an order at the prices that inventory fixed', async () => {
    const id = await placedOne();
    expect(await orders.settle.confirm([aReservation(id)])).toEqual([]);
    expect(await orders.row(id)).toMatchObject({
      state: 'confirmed',
      lines: PRICED,
      total_minor: String(PRICED_TOTAL_MINOR),
      history: [{ state: 'accepted' }, { state: 'confirmed' }],
    });
    expect((await orders.takeSent()).get('orders.events')).toMatchObject([
      {
        name: 'order.confirmed',
        body: { orderId: id, customerId: '17850', lines: PRICED, totalMinor: PRICED_TOTAL_MINOR },
      },
    ]);
  });

  it('rejects an order, with the reason and the items to blame', async () => {
    const id = await placedOne();
    await orders.settle.reject([aRefusal(id)]);
    expect(await orders.row(id)).toMatchObject({
      state: 'rejected',
      lines: LINES,
      history: [{ state: 'accepted' }, { state: 'rejected', reason: 'OUT_OF_STOCK', skus: ['71053'] }],
    });
    expect(await orders.takeSentAbout(id)).toEqual({ 'orders.events': ['order.rejected'] });
  });

  it('settles 500 orders at once, each of them once', async () => {
    const ids = await placed(500);
    const messages = ids.map(aReservation);
    await orders.settle.confirm(messages);
    await orders.settle.confirm([...messages, ...ids.map(aReservation)]);
    expect((await orders.takeSent()).get('orders.events')).toHaveLength(500);
  });

  it('names messages that it cannot take, and settles the others', async () => {
    const [id, refused] = await placed(2);
    await orders.settle.reject([aRefusal(refused!)]);
    const [stray, contradiction] = [aReservation(anOrderId()), aReservation(refused!)];
    const failures = await orders.settle.confirm([stray, contradiction, aReservation(id!)]);
    expect(failures.map(({ messageId }) => messageId)).toEqual([stray.id, contradiction.id]);
    expect(failures[0]!.error).toMatchObject({ code: 'ORDER.UNKNOWN' });
    expect(failures[0]!.error).not.toBeInstanceOf(PermanentError);
    expect(failures[1]!.error).toBeInstanceOf(PermanentError);
    expect(failures[1]!.error).toMatchObject({ code: 'ORDER.ILLEGAL_TRANSITION' });
    expect(await orders.row(id!)).toMatchObject({ state: 'confirmed' });
    expect(await orders.settle.confirm([stray])).toHaveLength(1);
  });

  it('takes an answer that was redelivered when its order was there', async () => {
    const placing = aPlacing();
    const early = aReservation(placing.body.orderId);
    expect(await orders.settle.confirm([early])).toHaveLength(1);
    await orders.place.execute([placing]);
    expect(await orders.settle.confirm([early])).toEqual([]);
    expect(await orders.row(placing.body.orderId)).toMatchObject({ state: 'confirmed' });
  });

  it.each([
    ['accepted', () => Promise.resolve()],
    ['confirmed', (id: string) => orders.settle.confirm([aReservation(id)])],
  ])('cancels an order that is %s once, and gives its stock back once', async (_state, before) => {
    const id = await placedOne();
    await before(id);
    await orders.takeSent();
    await orders.cancel.execute([aCancellation(id), aCancellation(id)]);
    await orders.cancel.execute([aCancellation(id)]);
    expect((await orders.row(id))!.history.map(({ state }) => state).slice(-1)).toEqual(['cancelled']);
    expect(await orders.takeSentAbout(id)).toEqual({
      'inventory.reserve': ['stock.release'],
      'orders.events': ['order.cancelled'],
    });
  });

  it('leaves a rejected order rejected', async () => {
    const id = await placedOne();
    await orders.settle.reject([aRefusal(id)]);
    await orders.takeSent();
    await orders.cancel.execute([aCancellation(id)]);
    expect(await orders.row(id)).toMatchObject({ state: 'rejected' });
    expect(await orders.takeSentAbout(id)).toEqual({});
  });

  it('ignores what inventory says of an order that was cancelled meanwhile', async () => {
    const [one, other] = await placed(2);
    await orders.cancel.execute([aCancellation(one!), aCancellation(other!)]);
    expect(await orders.settle.confirm([aReservation(one!)])).toEqual([]);
    expect(await orders.settle.reject([aRefusal(other!)])).toEqual([]);
    for (const id of [one!, other!])
      expect(await orders.row(id)).toMatchObject({ state: 'cancelled', total_minor: null });
  });

  it('keeps the cancellation and the order when both arrive at the same moment in two processes', async () => {
    for (let round = 0; round < 30; round += 1) {
      const placing = aPlacing();
      const { orderId } = placing.body;
      const cancellation = aCancellation(orderId);
      const [, cancelled] = await Promise.allSettled([
        orders.place.execute([placing]),
        orders.cancel.execute([cancellation]),
      ]);
      // What the pipeline does with an error that says it is worth another try.
      if (cancelled.status === 'rejected') {
        expect(cancelled.reason).toMatchObject({ code: 'ORDER.ARRIVED_MEANWHILE', retryable: true });
        await orders.cancel.execute([cancellation]);
      }
      expect(await orders.row(orderId)).toMatchObject({ state: 'cancelled', lines: LINES });
    }
  });
});
