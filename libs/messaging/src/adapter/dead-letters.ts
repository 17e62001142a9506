import { errorText } from '../errors.js';
import { decodeMessage, type Message } from '../message.js';

/** Enough to find the cause; the rest of a long text (a statement, a stack) helps nobody. */
export const MAX_ERROR_LENGTH = 2000;

/** `CODE: message` where there is a code; of any length. */
export function describeError(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? `${code}: ${errorText(error)}` : errorText(error);
}

/** What a consumer could not read is a dead letter too; its text is then the body. */
export function readableMessage(envelope: string): Message {
  try {
    return decodeMessage(envelope);
  } catch {
    return { id: '', name: 'unreadable', version: 0, body: envelope, occurredAt: '', headers: {} };
  }
}
