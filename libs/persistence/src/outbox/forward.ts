import { errorText, PermanentError, type MessageBroker, type OutgoingMessage } from '@looseleaf/messaging';
import { destinationKey, type OutboxBatch } from './outbox-buffer.js';

/** A message that the broker will never take, and why. */
export interface RefusedMessage {
  readonly kind: OutboxBatch['kind'];
  readonly name: string;
  readonly message: OutgoingMessage;
  readonly reason: string;
}

/** Bounds one call to the broker; far below what its send buffer holds. */
const MESSAGES_PER_CALL = 1_000;

/**
 * Gives batches to the broker: one call for each destination where they fit, in their order within a destination;
 * destinations go concurrently, as no order is promised between them.
 * @returns the messages that the broker refuses for good; all others are durable
 * @throws whatever a later try may not run into; any of the messages may have been sent
 */
export async function forward(broker: MessageBroker, batches: readonly OutboxBatch[]): Promise<RefusedMessage[]> {
  const refused: RefusedMessage[] = [];
  await Promise.all(
    coalesce(batches).map(async (batch) => {
      for (let start = 0; start < batch.messages.length; start += MESSAGES_PER_CALL) {
        const messages = batch.messages.slice(start, start + MESSAGES_PER_CALL);
        await sendOrSplit(broker, { ...batch, messages }, refused);
      }
    }),
  );
  return refused;
}

function coalesce(batches: readonly OutboxBatch[]): OutboxBatch[] {
  const byDestination = new Map<string, OutboxBatch>();
  for (const batch of batches) {
    const key = destinationKey(batch);
    const earlier = byDestination.get(key);
    byDestination.set(key, earlier ? { ...earlier, messages: earlier.messages.concat(batch.messages) } : batch);
  }
  return [...byDestination.values()];
}

/** Halves a refused batch until the message to blame stands alone, so that it does not take others with it. */
async function sendOrSplit(broker: MessageBroker, batch: OutboxBatch, refused: RefusedMessage[]): Promise<void> {
  const { kind, name, messages } = batch;
  try {
    await (kind === 'queue' ? broker.queue(name).send(messages) : broker.topic(name).publish(messages));
  } catch (error) {
    // Only what is wrong with the message itself is final: a queue that is not declared yet, say, will be.
    if (!(error instanceof PermanentError)) throw error;
    const [message] = messages;
    if (messages.length === 1 && message) {
      refused.push({ kind, name, message, reason: errorText(error) });
      return;
    }
    const middle = messages.length >> 1;
    await sendOrSplit(broker, { kind, name, messages: messages.slice(0, middle) }, refused);
    await sendOrSplit(broker, { kind, name, messages: messages.slice(middle) }, refused);
  }
}
