import {
  IllegalTransitionError,
  INITIAL_STATE,
  isSettled,
  nextState,
  ORDER_EVENTS,
  ORDER_STATES,
  TRANSITIONS,
  type OrderState,
} from './order-state.js';
import { totalMinorOf } from './order.js';

const OUTCOMES = new Set<string>([...ORDER_STATES, 'ignored', 'illegal']);

describe('the life of an order', () => {
  it('has an answer to every event in every state, and no other', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...ORDER_STATES].sort());
    for (const state of ORDER_STATES) {
      expect(Object.keys(TRANSITIONS[state]).sort()).toEqual([...ORDER_EVENTS].sort());
      for (const event of ORDER_EVENTS) expect(OUTCOMES).toContain(TRANSITIONS[state][event]);
    }
  });

  it('can come into every state', () => {
    const reached = new Set<OrderState>([INITIAL_STATE]);
    for (const state of reached) {
      for (const event of ORDER_EVENTS) {
        if (TRANSITIONS[state][event] !== 'illegal') reached.add(nextState(state, event) ?? state);
      }
    }
    expect([...reached].sort()).toEqual([...ORDER_STATES].sort());
  });

  it('never takes an order back to where it began, so no event can have its effect twice', () => {
    for (const state of ORDER_STATES) {
      for (const event of ORDER_EVENTS) {
        const outcome = TRANSITIONS[state][event];
        expect(outcome).not.toBe(INITIAL_STATE);
        expect(outcome).not.toBe(state);
        if (outcome !== 'ignored' && outcome !== 'illegal') expect(TRANSITIONS[outcome][event]).toBe('ignored');
      }
    }
  });

  it('refuses what cannot happen', () => {
    expect(() => nextState('confirmed', 'stock refused')).toThrow(IllegalTransitionError);
    expect(() => nextState('rejected', 'stock reserved')).toThrow('cannot happen to an order that is rejected');
  });

  it('is settled in every state but the first', () => {
    expect(ORDER_STATES.filter(isSettled)).toEqual(['confirmed', 'rejected', 'cancelled']);
  });
});

it('the total of an order is the sum of its lines', () => {
  expect(totalMinorOf([])).toBe(0);
  expect(
    totalMinorOf([
      { sku: 'a', quantity: 3, unitPriceMinor: 250 },
      { sku: 'b', quantity: 1, unitPriceMinor: 0 },
      { sku: 'c', quantity: 2, unitPriceMinor: 199 },
    ]),
  ).toBe(1148);
});
