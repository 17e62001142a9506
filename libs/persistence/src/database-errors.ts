import { MessagingError, UnavailableError } from '@looseleaf/messaging';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

export const DATABASE = 'database';

/**
 * A deadlock or serialization failure: the transaction was rolled back, and the same call may well succeed when made
 * again at once. `retryable` is true, so the pipeline does that.
 */
export class TransactionConflictError extends MessagingError {
  constructor(options: ErrorOptions) {
    super('DATABASE.CONFLICT', 'the transaction conflicted with another one and was rolled back', true, options);
  }
}

/*
 * SQLSTATE classes and codes (PostgreSQL manual, appendix A) that say nothing about what is written.
 */
const LOST_CLASSES = new Set(['08']); // connection exception
const LOST_STATES = new Set([
  '57P01', // terminated by an administrator
  '57P02', // crash of another backend
  '57P03', // starting up or shutting down
  '57P04', // the database was dropped
  '57P05', // idle session timeout
  '25P03', // idle-in-transaction timeout
]);
const UNAVAILABLE_CLASSES = new Set([
  '53', // insufficient resources: too many connections, disk full, out of memory
  '58', // system error: I/O
]);
const UNAVAILABLE_STATES = new Set([
  // The schema is not migrated, or the role lost its rights: every message would fail, and none is to blame.
  '3F000',
  '42P01',
  '42703',
  '42883',
  '42501',
  '57014', // statement timeout
  '55P03', // lock timeout
  '25006', // read-only: a former primary after a failover
]);
const CONFLICT_STATES = new Set(['40001', '40P01']);

/** The driver has no codes for these; texts of pg 8.23 and pg-pool 3.x. */
const LOST_CONNECTION =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|timeout expired|Cannot use a pool after calling end)/;

/**
 * What a failed call to the database means to its caller: {@link UnavailableError} when the database is away or too slow
 * or the connection was lost, {@link TransactionConflictError} when trying again helps, otherwise the error itself.
 */
export function translateDatabaseError(error: unknown): unknown {
  const cause = driverError(error);
  const code = codeOf(cause);
  if (isConnectionLost(cause) || UNAVAILABLE_STATES.has(code) || isOfClass(UNAVAILABLE_CLASSES, code)) {
    return new UnavailableError(DATABASE, { cause });
  }
  return CONFLICT_STATES.has(code) ? new TransactionConflictError({ cause }) : error;
}

/** Whether nothing can be said to the server on this connection any more, not even ROLLBACK. */
export function isConnectionLost(error: unknown): boolean {
  const cause = driverError(error);
  const code = codeOf(cause);
  return (
    LOST_STATES.has(code) ||
    isOfClass(LOST_CLASSES, code) ||
    isSocketError(cause, code) ||
    (isErrorLike(cause) && LOST_CONNECTION.test(cause.message)) ||
    // The connection broke between two statements; TypeORM then gives it back to the pool by itself.
    cause instanceof QueryRunnerAlreadyReleasedError
  );
}

/** Whether a statement would have given a second row a key that must be unique. */
export function isUniqueViolation(error: unknown): boolean {
  return codeOf(driverError(error)) === '23505';
}

function driverError(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

/** A system call on the socket failed: ECONNRESET, EPIPE, ETIMEDOUT, ENOTFOUND … */
function isSocketError(error: unknown, code: string): boolean {
  return isErrorLike(error) && 'syscall' in error && code.startsWith('E');
}

function isOfClass(classes: ReadonlySet<string>, code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && classes.has(code.slice(0, 2));
}

function codeOf(error: unknown): string {
  const code = isErrorLike(error) && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}

/** Not `instanceof Error`: errors of the runtime's own modules may come from another realm. */
function isErrorLike(error: unknown): error is { message: string } {
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
