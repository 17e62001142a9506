import { MAX_ERROR_LENGTH } from '@looseleaf/messaging/adapter';
import type { Channel } from '../channels.js';
import type { OutgoingRecord } from '../sending/encode.js';
import type { Spoiled } from './held-batch.js';

/** Of the record of a dead letter; when it became one is the record's own time. */
export const LETTER_HEADERS = { error: 'error', attempts: 'attempts', origin: 'origin' } as const;

/** The record of a dead letter: the message as it came, with its error, attempts and origin. */
export function deadLetter(channel: Channel, { entry, error }: Spoiled): OutgoingRecord {
  const text = error.slice(0, MAX_ERROR_LENGTH);
  const { window, offset, key, value, attempts } = entry;
  return {
    topic: channel.deadLetters,
    key: key ?? null,
    value,
    bytes: value.length + text.length,
    headers: {
      [LETTER_HEADERS.error]: text,
      [LETTER_HEADERS.attempts]: String(attempts),
      [LETTER_HEADERS.origin]: `${window.topic}/${window.partition}/${offset}`,
    },
  };
}
