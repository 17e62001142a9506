import { DONE, type BatchHandler, type Delivery } from '../broker.js';
import { MessagingConfigurationError } from '../errors.js';
import type { Message } from '../message.js';

/** A message that a handler names as failed; the others of its batch are done. */
export interface MessageFailure {
  readonly messageId: string;
  readonly error: unknown;
}

/** What an application writes: gets a batch of one kind of message; returns = done, throws = failed. */
export type MessageHandler = (
  messages: readonly Message[],
  deliveries: readonly Delivery[],
) => Promise<readonly MessageFailure[] | void>;

/** The innermost step: calls the handler and reads its answer. */
export function invoke(handler: MessageHandler): BatchHandler {
  return async (batch) => {
    const failures = await handler(
      batch.map((delivery) => delivery.message),
      batch,
    );
    if (!failures || failures.length === 0) return batch.map(() => DONE);
    const errors = new Map(failures.map((failure) => [failure.messageId, failure.error]));
    const settlements = batch.map(({ message }) =>
      errors.has(message.id) ? ({ kind: 'failed', error: errors.get(message.id) } as const) : DONE,
    );
    const known = new Set(batch.map(({ message }) => message.id));
    const stranger = failures.find((failure) => !known.has(failure.messageId));
    if (stranger)
      throw new MessagingConfigurationError(`a handler failed message ${stranger.messageId}, which it was not given`);
    return settlements;
  };
}
