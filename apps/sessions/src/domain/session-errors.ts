/** What a session refuses, and why; mapped to HTTP at the edge only. */
export type SessionErrorCode =
  'SESSION.UNKNOWN' | 'CART.CHANGED' | 'CART.EMPTY' | 'CART.FULL' | 'CHECKOUT.IN_PROGRESS' | 'CHECKOUT.OVERTAKEN';

/** A request that does not fit the session as it is. */
export class SessionError extends Error {
  constructor(
    readonly code: SessionErrorCode,
    message: string,
    /** When the same request may succeed, for one that time alone can help. */
    readonly retryAfterMs?: number,
  ) {
    super(message);
    this.name = 'SessionError';
  }
}
