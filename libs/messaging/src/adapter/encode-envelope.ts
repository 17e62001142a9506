import { PermanentError } from '../errors.js';
import { encodeMessage, type OutgoingMessage } from '../message.js';

/** The wire form of a message that brokers take. */
export interface EncodedEnvelope {
  readonly envelope: string;
  readonly bytes: number;
}

/** As Amazon SQS. Larger payloads belong into an object store, and their key into the message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_GROUP_KEY_BYTES = 1024;

/** @throws PermanentError `MESSAGE.TOO_LARGE`, `MESSAGE.GROUP_KEY_INVALID` */
export function encodeEnvelope(message: OutgoingMessage): EncodedEnvelope {
  const envelope = encodeMessage(message);
  const bytes = Buffer.byteLength(envelope);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new PermanentError(
      'MESSAGE.TOO_LARGE',
      `message ${message.id} has ${bytes} bytes, the limit is ${MAX_MESSAGE_BYTES}`,
    );
  }
  const { groupKey } = message;
  if (groupKey !== undefined && (Buffer.byteLength(groupKey) > MAX_GROUP_KEY_BYTES || groupKey.includes('\0'))) {
    throw new PermanentError(
      'MESSAGE.GROUP_KEY_INVALID',
      `the group key of message ${message.id} is longer than ${MAX_GROUP_KEY_BYTES} bytes or contains a NUL character`,
    );
  }
  return { envelope, bytes };
}
