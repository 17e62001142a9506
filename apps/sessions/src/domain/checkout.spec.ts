import type { OrderLine } from '@looseleaf/contracts';
import { emptyCart, removeLine, setLine } from './cart.js';
import { beginCheckout, completeCheckout, type BeginRequest, type CheckoutStep } from './checkout.js';
import { NEW_SESSION, type Session } from './session.js';

const LEASE_MS = 10_000;
const ACCEPTED_AT = '2026-01-01T00:00:00.000Z';
const PEN: OrderLine = { sku: 'pen', quantity: 2, seenUnitPriceMinor: 250 };
const INK: OrderLine = { sku: 'ink', quantity: 1 };

describe('A checkout', () => {
  let ids = 0;
  const begin = (session: Session, request: Partial<BeginRequest> = {}): { session: Session; step: CheckoutStep } =>
    beginCheckout(session, { identity: {}, newId: `checkout-${++ids}`, nowMs: 0, leaseMs: LEASE_MS, ...request });
  const place = (session: Session, request: Partial<BeginRequest> = {}): { session: Session; id: string } => {
    const begun = begin(session, request);
    if (begun.step.kind !== 'place') throw new Error(`nothing to place: ${begun.step.kind}`);
    return { session: begun.session, id: begun.step.checkout.id };
  };
  const cartOf = (...lines: OrderLine[]): Session => lines.reduce(setLine, NEW_SESSION);

  it('orders the cart as it is, for who the customer is', () => {
    const { session, step } = begin(cartOf(PEN, INK), { identity: { customerId: 'c', email: 'c@example.com' } });
    expect(step).toMatchObject({
      kind: 'place',
      checkout: { lines: [PEN, INK], customerId: 'c', email: 'c@example.com', cartVersion: 2 },
    });
    const { session: done, id } = place(session);
    expect(completeCheckout(done, id, ACCEPTED_AT)).toMatchObject({
      lines: [],
      customerId: 'c',
      pending: undefined,
      last: { id, acceptedAt: ACCEPTED_AT },
    });
  });

  it('is the same one as long as the cart is the same, also when it was another one meanwhile', () => {
    const first = place(cartOf(PEN, INK));
    expect(place(first.session).id).toBe(first.id);
    const changedBack = setLine(setLine(first.session, { ...INK, quantity: 9 }), INK);
    expect(place(changedBack).id).toBe(first.id);
  });

  it('is the same one when it is sent again after it is complete, and the cart was not touched', () => {
    const { session, id } = place(cartOf(PEN));
    const done = completeCheckout(session, id, ACCEPTED_AT);
    expect(begin(done).step).toMatchObject({ kind: 'done', checkout: { id } });
    const touched = emptyCart(setLine(done, PEN));
    expect(() => begin(touched)).toThrow(expect.objectContaining({ code: 'CART.EMPTY' }));
  });

  it('takes out what it ordered, once, and leaves what was put in meanwhile', () => {
    const { session, id } = place(cartOf(PEN, INK));
    const added = setLine(setLine(session, { ...PEN, quantity: 5 }), { sku: 'cap', quantity: 1 });
    const done = completeCheckout(added, id, ACCEPTED_AT);
    expect(done.lines).toEqual([
      { ...PEN, quantity: 3 },
      { sku: 'cap', quantity: 1 },
    ]);
    expect(completeCheckout(done, id, ACCEPTED_AT)).toBe(done);
    const taken = removeLine(setLine(session, { ...PEN, quantity: 1 }), 'ink');
    expect(completeCheckout(taken, id, ACCEPTED_AT).lines).toEqual([]);
  });

  it('orders exactly the cart that the customer has seen', () => {
    const cart = cartOf(PEN, INK);
    const { session, id } = place(cart, { seenVersion: 2 });
    expect(place(session, { seenVersion: 2 }).id).toBe(id);
    expect(place(session, { seenVersion: 3 }).id).toBe(id);
    const added = setLine(session, { sku: 'cap', quantity: 1 });
    expect(() => begin(added, { seenVersion: 2 })).toThrow(expect.objectContaining({ code: 'CART.CHANGED' }));
    const done = completeCheckout(added, id, ACCEPTED_AT);
    expect(begin(done, { seenVersion: 2 }).step).toMatchObject({ kind: 'done', checkout: { id } });
    expect(begin(done, { seenVersion: session.version }).step).toMatchObject({ kind: 'done', checkout: { id } });
    // Who saw the cap in the cart asks for an order with a cap.
    expect(() => begin(done, { seenVersion: added.version })).toThrow(
      expect.objectContaining({ code: 'CART.CHANGED' }),
    );
    expect(begin(done, { seenVersion: done.version }).step).toMatchObject({ kind: 'place' });
    expect(() => begin(done, { seenVersion: 1 })).toThrow(expect.objectContaining({ code: 'CART.CHANGED' }));
    expect(() => begin(cart, { seenVersion: 99 })).toThrow(expect.objectContaining({ code: 'CART.CHANGED' }));
  });

  it('is settled before one of a changed cart begins, and withdrawn only after its lease', () => {
    const first = place(cartOf(PEN), { nowMs: 1_000 });
    const changed = setLine(first.session, INK);
    const leased = begin(changed, { nowMs: 10_999 });
    expect(leased.step).toEqual({ kind: 'settle', checkoutId: first.id, leaseLeftMs: 1 });
    expect(begin(leased.session, { nowMs: 10_999, withdrawn: first.id }).step).toEqual(leased.step);
    const withdrawn = begin(changed, { nowMs: 11_000 });
    expect(withdrawn.step).toEqual({ kind: 'settle', checkoutId: first.id, leaseLeftMs: 0 });
    // Until it is known what became of it, there is no other one, not even of the cart that it was made of.
    expect(begin(withdrawn.session).step).toEqual(withdrawn.step);
    expect(begin(removeLine(withdrawn.session, 'ink')).step).toEqual(withdrawn.step);
    expect(begin(withdrawn.session, { withdrawn: 'another' }).step).toEqual(withdrawn.step);
  });

  it('that was withdrawn and never placed leaves the cart to the next one', () => {
    const first = place(cartOf(PEN));
    const withdrawn = begin(setLine(first.session, INK), { nowMs: LEASE_MS });
    const second = place(withdrawn.session, { withdrawn: first.id });
    expect(second.id).not.toBe(first.id);
    expect(() => completeCheckout(second.session, first.id, ACCEPTED_AT)).toThrow(
      expect.objectContaining({ code: 'CHECKOUT.OVERTAKEN' }),
    );
    expect(completeCheckout(second.session, second.id, ACCEPTED_AT).lines).toEqual([]);
  });

  it('that was withdrawn too late, when its order had been placed, is complete, and the next one is of the rest', () => {
    const first = place(cartOf(PEN));
    const withdrawn = begin(setLine(first.session, INK), { nowMs: LEASE_MS });
    const settled = completeCheckout(withdrawn.session, first.id, ACCEPTED_AT);
    expect(settled).toMatchObject({ lines: [INK], last: { id: first.id } });
    expect(begin(settled).step).toMatchObject({ kind: 'place', checkout: { lines: [INK] } });
  });

  it('has its lease from when it was sent last', () => {
    const first = place(cartOf(PEN), { nowMs: 0 });
    const again = place(first.session, { nowMs: 9_000 });
    const next = begin(setLine(again.session, INK), { nowMs: 18_999 });
    expect(next.step).toEqual({ kind: 'settle', checkoutId: first.id, leaseLeftMs: 1 });
  });

  it('is another one for another customer', () => {
    const first = place(cartOf(PEN), { identity: { customerId: 'a' } });
    expect(begin(first.session, { identity: { customerId: 'b' }, nowMs: LEASE_MS }).step.kind).toBe('settle');
  });

  it('needs something to order', () => {
    expect(() => begin(NEW_SESSION)).toThrow(expect.objectContaining({ code: 'CART.EMPTY' }));
    expect(() => begin(emptyCart(cartOf(PEN)))).toThrow(expect.objectContaining({ code: 'CART.EMPTY' }));
  });

  it('raises the version with everything that it changes', () => {
    const cart = cartOf(PEN);
    const { session, id } = place(cart);
    const versions = [cart, session, completeCheckout(session, id, ACCEPTED_AT)].map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3]);
  });
});
