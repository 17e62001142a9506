import { S3ServiceException } from '@aws-sdk/client-s3';
import { ObjectStoreError } from '../object-store.js';

/** Names of answers by what they mean; a HEAD has only its status. */
const ABSENT = ['NoSuchKey', 'NoSuchVersion', 'NotFound'];
const STATUS_REASONS: Readonly<Record<number, string>> = {
  403: 'does not permit this',
  429: 'has too much to do',
  503: 'has too much to do',
  507: 'is full',
};

/** What an error of the SDK says is known of the server. */
interface Server {
  readonly endpoint: string;
  readonly bucket: string;
}

/**
 * What an error of the SDK means for callers of the port; any other error stays as it is. Its cause is without the answer,
 * which names the access key.
 * @param timedOutAfterMs when the call was ended for its time
 */
export function toObjectStoreError(error: unknown, server: Server, timedOutAfterMs?: number): unknown {
  if (error instanceof ObjectStoreError || !(error instanceof Error)) return error;
  const away = (what: string): ObjectStoreError =>
    new ObjectStoreError('OBJECT.UNAVAILABLE', `the object store ${what}`, { cause: plain(error) });
  if (timedOutAfterMs !== undefined) return away(`at ${server.endpoint} does not answer within ${timedOutAfterMs} ms`);
  if (!(error instanceof S3ServiceException)) {
    const code = networkCodeOf(error);
    return code === undefined ? error : away(`at ${server.endpoint} cannot be reached (${code})`);
  }
  const { name, $metadata } = error;
  const status = $metadata.httpStatusCode ?? 0;
  if (name === 'NoSuchBucket') return away(`has no bucket ${server.bucket}`);
  // A version that was removed, or an id that is none; the answer to a HEAD does not say what was wrong.
  const isNoVersion = status === 405 || (status === 400 && /version id|UnknownError/i.test(error.message));
  if (ABSENT.includes(name) || status === 404 || isNoVersion) {
    return new ObjectStoreError('OBJECT.NOT_FOUND', 'there is no such object', { cause: plain(error) });
  }
  if (status === 412)
    return new ObjectStoreError('OBJECT.EXISTS', 'there is an object already', { cause: plain(error) });
  return away(`${STATUS_REASONS[status] ?? 'failed'} (${status} ${name})`);
}

/** A system error, an answer that broke off, or credentials that could not be fetched. */
function networkCodeOf(error: Error): string | undefined {
  const { code, $metadata } = error as { code?: unknown; $metadata?: unknown };
  if (typeof code === 'string') return code;
  return $metadata !== undefined || NETWORK_ERRORS.includes(error.name) ? error.name : undefined;
}

const NETWORK_ERRORS = ['TimeoutError', 'CredentialsProviderError'];

function plain({ name, message, stack }: Error): Error {
  const copy = new Error(`${name}: ${message}`);
  if (stack !== undefined) copy.stack = stack;
  return copy;
}
