import { MessagingConfigurationError, PermanentError, UnavailableError } from '@looseleaf/messaging';
import pg from 'pg';
import { UNDECLARED } from './sql/pinned.js';

/**
 * SQLSTATE classes (PostgreSQL manual, appendix A) that blame what the caller handed over. Only these are final: what is
 * in no list is taken for a fault of the server that passes, since a message that is given up by mistake is worse than
 * one that is tried for too long.
 */
const CONTENT_CLASSES = [
  '22', // data exception: a character that text cannot hold, a number out of range
  '23', // integrity constraint violation
  '54', // program limit exceeded: too large
];
/** The schema, a table, a column or a function is not there, or not granted. */
const NOT_MIGRATED = ['3F000', '42P01', '42703', '42883', '42501'];

/** The error that callers see for one that the driver threw during a statement. */
export function translateError(error: unknown): MessagingConfigurationError | PermanentError | UnavailableError {
  // What is not the server's answer is the loss of the connection.
  if (!(error instanceof pg.DatabaseError)) return new UnavailableError('broker', { cause: error });
  const { code = '', message } = error;
  if (code === UNDECLARED) return new MessagingConfigurationError(message);
  if (NOT_MIGRATED.includes(code)) {
    return new MessagingConfigurationError(`the broker's database is not migrated, or not for this role: ${message}`);
  }
  if (CONTENT_CLASSES.some((prefix) => code.startsWith(prefix))) {
    return new PermanentError('MESSAGE.REFUSED', `the broker refused a message: ${message}`, { cause: error });
  }
  return new UnavailableError('broker', { cause: error });
}
