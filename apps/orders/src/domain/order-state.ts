/** In which state an order can be. A cancelled or rejected one stays so. */
export const ORDER_STATES = ['accepted', 'confirmed', 'rejected', 'cancelled'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

/** What can happen to an order. */
export const ORDER_EVENTS = [
  'stock reserved',
  'stock refused',
  'cancellation requested',
  'checkout withdrawn',
] as const;
export type OrderEvent = (typeof ORDER_EVENTS)[number];

/** Where every order begins, once it is durable. */
export const INITIAL_STATE: OrderState = 'accepted';

/** `ignored`: it comes late or again, and nothing is to be done. `illegal`: it cannot happen unless something is broken. */
type Outcome = OrderState | 'ignored' | 'illegal';

/**
 * The life of an order. Messages arrive at least once, and a cancellation may overtake what inventory has to say, so each
 * event has an answer in each state. The withdrawal of its checkout comes too late for an order that is there.
 */
export const TRANSITIONS: Readonly<Record<OrderState, Readonly<Record<OrderEvent, Outcome>>>> = {
  accepted: {
    'stock reserved': 'confirmed',
    'stock refused': 'rejected',
    'cancellation requested': 'cancelled',
    'checkout withdrawn': 'ignored',
  },
  confirmed: {
    'stock reserved': 'ignored',
    'stock refused': 'illegal',
    'cancellation requested': 'cancelled',
    'checkout withdrawn': 'ignored',
  },
  rejected: {
    'stock reserved': 'illegal',
    'stock refused': 'ignored',
    'cancellation requested': 'ignored',
    'checkout withdrawn': 'ignored',
  },
  // The release that went out with the cancellation gives back whatever inventory has reserved or is about to.
  cancelled: {
    'stock reserved': 'ignored',
    'stock refused': 'ignored',
    'cancellation requested': 'ignored',
    'checkout withdrawn': 'ignored',
  },
};

/** `ORDER.ILLEGAL_TRANSITION`: inventory contradicts what it said before. */
export class IllegalTransitionError extends Error {
  readonly code = 'ORDER.ILLEGAL_TRANSITION';
  readonly retryable = false;

  constructor(
    readonly state: OrderState,
    readonly event: OrderEvent,
  ) {
    super(`"${event}" cannot happen to an order that is ${state}`);
    this.name = 'IllegalTransitionError';
  }
}

/**
 * The state that follows; `undefined` when the event changes nothing.
 * @throws IllegalTransitionError
 */
export function nextState(state: OrderState, event: OrderEvent): OrderState | undefined {
  const outcome = TRANSITIONS[state][event];
  if (outcome === 'illegal') throw new IllegalTransitionError(state, event);
  return outcome === 'ignored' ? undefined : outcome;
}

/** Whether a reader who waits for the order has seen what there is to see, unless the customer changes their mind. */
export function isSettled(state: OrderState): boolean {
  return state !== INITIAL_STATE;
}
