import { unitsBySku } from '../units.js';
import { drawUpAccount } from './account.js';
import type { Books, OrderRecord, ReservationRecord, SentOrder, StockRecord } from './books.js';

const LINES = [
  { sku: '11111', quantity: 2 },
  { sku: '22222', quantity: 1 },
];

function aSentOrder(id: string | undefined, fields: Partial<SentOrder> = {}): SentOrder {
  return { customerId: '17850', lines: LINES, ...(id !== undefined && { id }), ...fields };
}

function anOrder(id: string, state: string, fields: Partial<OrderRecord> = {}): OrderRecord {
  const units = unitsBySku(LINES.toReversed());
  return { id, state, customerId: '17850', units, acceptedAtMs: 1_000, changedAtMs: 1_040, ...fields };
}

function aReservation(orderId: string, state: string, fields: Partial<ReservationRecord> = {}): ReservationRecord {
  return { orderId, state, units: unitsBySku(LINES), ...fields };
}

function stock(count: number, reserved: number, fields: Partial<StockRecord> = {}): StockRecord {
  return { sku: '11111', store: 'Leeds', count, reserved, ...fields };
}

/** Books of a shop that holds one confirmed order `a`, with some of them replaced. */
function books(fields: Partial<Books> = {}): Books {
  return {
    orders: [anOrder('a', 'confirmed')],
    reservations: [aReservation('a', 'reserved')],
    stockBefore: [stock(10, 0)],
    stockNow: [stock(8, 2)],
    stockFilesSince: 0,
    messagesLeft: 0,
    deadLetters: [],
    ...fields,
  };
}

describe('An account', () => {
  it('is clean when every accepted order is there once, holds its stock, and the stock adds up', () => {
    expect(drawUpAccount({ sent: [aSentOrder('a')] }, books())).toMatchObject({
      accepted: 1,
      confirmed: 1,
      rejected: {},
      cancelled: 0,
      lost: [],
      doubled: [],
      toFinalMs: { p50: 40, max: 40 },
      lastChangeAtMs: 1_040,
      isClean: true,
    });
  });

  it('counts rejections by their reason, and cancellations', () => {
    const orders = [
      anOrder('a', 'rejected', { reason: 'OUT_OF_STOCK' }),
      anOrder('b', 'rejected', { reason: 'OUT_OF_STOCK' }),
      anOrder('c', 'cancelled'),
    ];
    const reservations = [aReservation('a', 'refused'), aReservation('c', 'released')];
    const account = drawUpAccount(
      { sent: ['a', 'b', 'c'].map((id) => aSentOrder(id)), cancelledIds: new Set(['c']) },
      books({ orders, reservations, stockNow: [stock(10, 0)] }),
    );
    expect(account).toMatchObject({ rejected: { OUT_OF_STOCK: 2 }, cancelled: 1, isClean: true });
  });

  it('finds an accepted order that is not there', () => {
    const account = drawUpAccount({ sent: [aSentOrder('a'), aSentOrder('b')] }, books());
    expect(account).toMatchObject({ lost: ['b'], isClean: false });
  });

  it('finds an order that is there twice under different ids', () => {
    const orders = [anOrder('a', 'confirmed'), anOrder('b', 'confirmed')];
    const account = drawUpAccount({ sent: [aSentOrder('a')] }, books({ orders }));
    expect(account).toMatchObject({ doubled: ['b'], ofOthers: 0, isClean: false });
  });

  it('lets an order without a lasting answer be there once, or not at all, but not twice', () => {
    const unanswered = aSentOrder(undefined, { lines: [{ sku: '33333', quantity: 3 }] });
    const there = (id: string) => anOrder(id, 'confirmed', { units: new Map([['33333', 3]]) });
    const account = (...ids: string[]) =>
      drawUpAccount(
        { sent: [aSentOrder('a'), unanswered] },
        books({ orders: [anOrder('a', 'confirmed'), ...ids.map(there)] }),
      );
    expect(account()).toMatchObject({ takenUnanswered: 0, doubled: [], isClean: true });
    expect(account('b')).toMatchObject({ takenUnanswered: 1, doubled: [], isClean: true });
    expect(account('b', 'c')).toMatchObject({ takenUnanswered: 1, doubled: ['c'], isClean: false });
  });

  it('does not mistake the orders of others for doubles', () => {
    const orders = [anOrder('a', 'confirmed'), anOrder('x', 'accepted', { customerId: '999' })];
    expect(drawUpAccount({ sent: [aSentOrder('a')] }, books({ orders }))).toMatchObject({
      ofOthers: 1,
      doubled: [],
      isClean: true,
    });
  });

  it.each<[string, Partial<OrderRecord>]>([
    ['other lines', { units: new Map([['11111', 3]]) }],
    ['another customer', { customerId: '1' }],
  ])('finds an order with %s than were sent', (_, fields) => {
    const order = anOrder('a', 'rejected', fields);
    const account = drawUpAccount({ sent: [aSentOrder('a')] }, books({ orders: [order], reservations: [] }));
    expect(account).toMatchObject({ altered: ['a'], isClean: false });
  });

  it('finds an order that never became final', () => {
    const account = drawUpAccount(
      { sent: [aSentOrder('a')] },
      books({ orders: [anOrder('a', 'accepted')], reservations: [] }),
    );
    expect(account).toMatchObject({ unfinished: ['a'], isClean: false });
  });

  it('finds an order that stayed confirmed although its cancellation was accepted', () => {
    const account = drawUpAccount({ sent: [aSentOrder('a')], cancelledIds: new Set(['a']) }, books());
    expect(account).toMatchObject({ notCancelled: ['a'], isClean: false });
  });

  it('is not clean with dead letters', () => {
    const deadLetters = [{ queue: 'orders.place', message: 'order.place', groupKey: 'a', error: 'broken' }];
    expect(drawUpAccount({ sent: [aSentOrder('a')] }, books({ deadLetters }))).toMatchObject({ isClean: false });
  });

  it.each<[string, string, ReservationRecord[]]>([
    ['confirmed', 'confirmed, and its reservation is missing', []],
    ['confirmed', 'confirmed, and its reservation is released', [aReservation('a', 'released')]],
    [
      'confirmed',
      'confirmed with 11111×2 22222×1, and 11111×2 is reserved',
      [aReservation('a', 'reserved', { units: new Map([['11111', 2]]) })],
    ],
    ['rejected', 'rejected, and its stock is still reserved', [aReservation('a', 'reserved')]],
    ['cancelled', 'cancelled, and its stock is still reserved', [aReservation('a', 'reserved')]],
  ])('finds an order that is %s with the wrong reservation: %s', (state, fault, reservations) => {
    const account = drawUpAccount({ sent: [aSentOrder('a')] }, books({ orders: [anOrder('a', state)], reservations }));
    expect(account).toMatchObject({ reservationFaults: [{ orderId: 'a', fault }], isClean: false });
  });
});

describe('Stock', () => {
  function faults(stockBefore: StockRecord[], stockNow: StockRecord[], stockFilesSince = 0) {
    return drawUpAccount({ sent: [aSentOrder('a')] }, books({ stockBefore, stockNow, stockFilesSince })).stockFaults;
  }

  it('adds up while what is sold and what is left are as much as before, also when reservations of before end', () => {
    expect(faults([stock(10, 5)], [stock(12, 3)])).toEqual([]);
  });

  it('does not add up when units vanish or appear', () => {
    const fault = { store: 'Leeds', sku: '11111', expectedCount: 8 };
    expect(faults([stock(10, 0)], [stock(7, 2)])).toEqual([{ ...fault, count: 7 }]);
    expect(faults([stock(10, 0)], [stock(10, 2)])).toEqual([{ ...fault, count: 10 }]);
  });

  it('does not add up when an item vanishes from a store or comes from nowhere', () => {
    const leeds = { store: 'Leeds', sku: '11111' };
    expect(faults([stock(10, 0)], [])).toEqual([{ ...leeds, expectedCount: 10, count: 0 }]);
    expect(faults([], [stock(10, 0)])).toEqual([{ ...leeds, expectedCount: 0, count: 10 }]);
  });

  it('is not compared after somebody loaded a stock file', () => {
    expect(faults([stock(10, 0)], [stock(99, 0)], 1)).toEqual([]);
  });
});
