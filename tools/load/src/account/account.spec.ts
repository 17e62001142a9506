import type { SentOrder } from '../run-k6/journal.js';
import { drawUpAccount, type Account, type AccountInput } from './account.js';
import type { RecordedOrder } from './recorded-order.js';

function anOrder(id: string, state = 'confirmed', reason?: string): RecordedOrder {
  return { id, state, lines: [{ sku: 'PEN', quantity: 2 }], history: [{ state, ...(reason && { reason }) }] };
}

/** Orders `a` and `b` were accepted and confirmed, unless told otherwise. */
function account(input: Partial<AccountInput> & { more?: Record<string, SentOrder> } = {}): Account {
  const { more = {}, ...rest } = input;
  return drawUpAccount({
    sent: new Map<string, SentOrder>([['1', { id: 'a' }], ['2', { id: 'b' }], ...Object.entries(more)]),
    cancelledIds: new Set(),
    recorded: [anOrder('a'), anOrder('b')],
    ...rest,
  });
}

describe('The account of a load', () => {
  it('is clean when every order that was accepted is there, once, and final', () => {
    expect(account()).toMatchObject({ isClean: true, sent: 2, accepted: 2, confirmed: 2, isStockCompared: false });
  });

  it('finds what was accepted and is not there', () => {
    expect(account({ recorded: [anOrder('b')] })).toMatchObject({ isClean: false, lost: ['a'], confirmed: 1 });
  });

  it('finds what is there and was never answered for', () => {
    expect(account({ recorded: [anOrder('a'), anOrder('b'), anOrder('c')] })).toMatchObject({
      isClean: false,
      doubled: ['c'],
      takenUnanswered: 0,
    });
  });

  it('lets an order without an answer be there once, not twice, and one that was refused not at all', () => {
    const recorded = [anOrder('a'), anOrder('b'), anOrder('c')];
    const unanswered = { 3: {} };
    expect(account({ recorded, more: unanswered })).toMatchObject({ isClean: true, unanswered: 1, takenUnanswered: 1 });
    expect(account({ recorded: [...recorded, anOrder('d')], more: unanswered })).toMatchObject({ doubled: ['d'] });
    expect(account({ recorded, more: { 3: { refusal: 'REQUEST.INVALID' } } })).toMatchObject({
      refused: { 'REQUEST.INVALID': 1 },
      unanswered: 0,
      doubled: ['c'],
    });
  });

  it('counts rejections by their reason', () => {
    const recorded = [anOrder('a', 'rejected', 'OUT_OF_STOCK'), anOrder('b', 'rejected', 'OUT_OF_STOCK')];
    expect(account({ recorded })).toMatchObject({ isClean: true, confirmed: 0, rejected: { OUT_OF_STOCK: 2 } });
  });

  it('wants a cancellation that was accepted to be carried out', () => {
    const cancelledIds = new Set(['a']);
    expect(account({ cancelledIds })).toMatchObject({ isClean: false, unfinished: ['a'] });
    const recorded = [anOrder('a', 'cancelled'), anOrder('b')];
    expect(account({ cancelledIds, recorded })).toMatchObject({ isClean: true, cancelled: 1 });
  });

  it('finds an order that stays accepted', () => {
    expect(account({ recorded: [anOrder('a', 'accepted'), anOrder('b')] })).toMatchObject({ unfinished: ['a'] });
  });

  it.each([
    ['more', 6],
    ['less', 2],
  ])('finds stock of which %s is gone than confirmed orders sold', (_what, taken) => {
    const takenBySku = new Map([['PEN', taken]]);
    const stockFaults = [{ sku: 'PEN', sold: 4, taken }];
    expect(account({ takenBySku })).toMatchObject({ isClean: false, stockFaults, isStockCompared: true });
    expect(account({ takenBySku: new Map([['PEN', 4]]) })).toMatchObject({ isClean: true, stockFaults: [] });
  });

  it('takes what a rejected or cancelled order asked for as not sold', () => {
    const recorded = [anOrder('a', 'rejected'), anOrder('b', 'cancelled')];
    expect(account({ recorded, takenBySku: new Map([['PEN', 0]]) })).toMatchObject({ isClean: true });
  });
});
