import { encodeMessage, PermanentError, type OutgoingMessage } from '@looseleaf/messaging';

/** A message on its way: a record of Kafka, encoded when its caller handed it over. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly key: string | null;
  readonly value: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly bytes: number;
  /** Chosen when it is first sent, and then kept. */
  partition?: number;
  /** Its partition's leader has confirmed it. */
  stored?: boolean;
}

/** The header for {@link OutgoingMessage.delayMs}. */
export const DELAY_HEADER = 'delay-ms';

/** As Amazon SQS. Larger payloads belong into an object store, and their key into the message. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const MAX_GROUP_KEY_BYTES = 1024;
/** Of a record's own fields. */
const OVERHEAD_BYTES = 64;

/** @throws PermanentError `MESSAGE.TOO_LARGE`, `MESSAGE.GROUP_KEY_INVALID` */
export function encode(topic: string, message: OutgoingMessage): OutgoingRecord {
  const value = encodeMessage(message);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_MESSAGE_BYTES) {
    throw new PermanentError(
      'MESSAGE.TOO_LARGE',
      `message ${message.id} has ${bytes} bytes, the limit is ${MAX_MESSAGE_BYTES}`,
    );
  }
  const { groupKey, delayMs } = message;
  if (groupKey !== undefined && (Buffer.byteLength(groupKey) > MAX_GROUP_KEY_BYTES || groupKey.includes('\0'))) {
    throw new PermanentError(
      'MESSAGE.GROUP_KEY_INVALID',
      `the group key of message ${message.id} is longer than ${MAX_GROUP_KEY_BYTES} bytes or contains a NUL character`,
    );
  }
  return {
    topic,
    key: groupKey ?? null,
    value,
    bytes: bytes + OVERHEAD_BYTES,
    ...(delayMs !== undefined && delayMs > 0 && { headers: { [DELAY_HEADER]: String(delayMs) } }),
  };
}
