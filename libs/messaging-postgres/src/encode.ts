import type { OutgoingMessage } from '@looseleaf/messaging';
import { encodeEnvelope, type EncodedEnvelope } from '@looseleaf/messaging/adapter';

/** A message on its way: what the statement needs, encoded when its caller handed it over. */
export interface EncodedMessage extends EncodedEnvelope {
  readonly groupKey?: string | undefined;
  readonly delayMs?: number | undefined;
  readonly deduplicationId?: string | undefined;
}

/** @throws PermanentError `MESSAGE.TOO_LARGE`, `MESSAGE.GROUP_KEY_INVALID` */
export function encode(message: OutgoingMessage): EncodedMessage {
  const { groupKey, delayMs, deduplicationId } = message;
  return { ...encodeEnvelope(message), groupKey, delayMs, deduplicationId };
}

/** Whether an array of options has to be sent at all: most messages have neither delay nor deduplication id. */
export function anySet(values: readonly unknown[]): boolean {
  return values.some((value) => value !== undefined);
}
