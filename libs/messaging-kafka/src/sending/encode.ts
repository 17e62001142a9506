import type { OutgoingMessage } from '@looseleaf/messaging';
import { encodeEnvelope } from '@looseleaf/messaging/adapter';

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

/** Of a record's own fields. */
const OVERHEAD_BYTES = 64;

/** @throws PermanentError `MESSAGE.TOO_LARGE`, `MESSAGE.GROUP_KEY_INVALID` */
export function encode(topic: string, message: OutgoingMessage): OutgoingRecord {
  const { envelope, bytes } = encodeEnvelope(message);
  const { groupKey, delayMs } = message;
  return {
    topic,
    key: groupKey ?? null,
    value: envelope,
    bytes: bytes + OVERHEAD_BYTES,
    ...(delayMs !== undefined && delayMs > 0 && { headers: { [DELAY_HEADER]: String(delayMs) } }),
  };
}
