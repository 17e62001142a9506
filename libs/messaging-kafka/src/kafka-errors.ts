import { MessagingError, PermanentError, UnavailableError } from '@looseleaf/messaging';

/** The name of the error code in a node's answer, as in `REBALANCE_IN_PROGRESS`; undefined for other failures. */
export function errorType(error: unknown): string | undefined {
  const { type, cause } = (error ?? {}) as { type?: unknown; cause?: unknown };
  if (typeof type === 'string') return type;
  return cause === undefined ? undefined : errorType(cause);
}

/** Of the error after `close`. */
export const CLOSED = 'BROKER.CLOSED';

/** Only these blame what the caller handed over. What is in no list is taken for a fault that passes. */
const CONTENT_ERRORS = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_TIMESTAMP', 'INVALID_RECORD'];

/** The error that callers see for one that kafkajs threw. */
export function translateError(error: unknown): MessagingError {
  if (error instanceof MessagingError) return error;
  const type = errorType(error);
  if (type !== undefined && CONTENT_ERRORS.includes(type)) {
    return new PermanentError('MESSAGE.REFUSED', `the broker refused a message: ${type}`, { cause: error });
  }
  return new UnavailableError('broker', { cause: error });
}
