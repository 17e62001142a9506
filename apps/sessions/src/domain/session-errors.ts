/** What a session refuses, and why; mapped to HTTP at the edge only. */
export type SessionErrorCode = 'SESSION.UNKNOWN' | 'CART.CHANGED' | 'CART.EMPTY' | 'CART.FULL' | 'CHECKOUT.OVERTAKEN';

/** A request that does not fit the session as it is. */
export class SessionError extends Error {
  constructor(
    readonly code: SessionErrorCode,
    message: string,
  ) {
    super(message);
    this.name = 'SessionError';
  }
}
