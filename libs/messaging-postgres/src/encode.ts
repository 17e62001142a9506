import { encodeMessage, PermanentError, type OutgoingMessage } from '@looseleaf/messaging';
import type { EncodedMessage } from './batching-sender.js';

/** As Amazon SQS. Larger payloads belong into an object store, and their key into the message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
/** As the table's own limit. */
const MAX_GROUP_KEY_BYTES = 1024;

/** @throws PermanentError `MESSAGE.TOO_LARGE`, `MESSAGE.GROUP_KEY_INVALID` */
export function encode(message: OutgoingMessage): EncodedMessage {
  const envelope = encodeMessage(message);
  const bytes = Buffer.byteLength(envelope);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new PermanentError(
      'MESSAGE.TOO_LARGE',
      `message ${message.id} has ${bytes} bytes, the limit is ${MAX_MESSAGE_BYTES}`,
    );
  }
  const { groupKey, delayMs, deduplicationId } = message;
  if (groupKey !== undefined && (Buffer.byteLength(groupKey) > MAX_GROUP_KEY_BYTES || groupKey.includes('\0'))) {
    throw new PermanentError(
      'MESSAGE.GROUP_KEY_INVALID',
      `the group key of message ${message.id} is longer than ${MAX_GROUP_KEY_BYTES} bytes or contains a NUL character`,
    );
  }
  return { envelope, bytes, groupKey, delayMs, deduplicationId };
}

/** Whether an array of options has to be sent at all: most messages have neither delay nor deduplication id. */
export function anySet(values: readonly unknown[]): boolean {
  return values.some((value) => value !== undefined);
}
