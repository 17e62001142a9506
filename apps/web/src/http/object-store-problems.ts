import { Logger } from '@nestjs/common';
import { errorText } from '@looseleaf/messaging';
import { ProblemError } from '@looseleaf/service-kit';

const RETRY_AFTER = { 'retry-after': '5' };
const logger = new Logger('Object store');

/** The object store cannot do its work just now: 503, with the reason. */
export function objectStoreAway(cause: unknown): ProblemError {
  logger.warn(`is away: ${errorText(cause)}`);
  const detail = `Files cannot be kept or read just now: ${errorText(cause)}. Try again in a moment.`;
  return new ProblemError(503, 'OBJECT_STORE.UNAVAILABLE', detail, { headers: RETRY_AFTER, cause });
}

/** The sender went away half way: 400, should it still listen. */
export function incomplete(cause: unknown): ProblemError {
  return new ProblemError(400, 'REQUEST.INCOMPLETE', 'The file broke off. Send it again.', { cause });
}
