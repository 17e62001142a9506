import { BatchingSender } from '@looseleaf/messaging/adapter';
import { anySet, type EncodedMessage } from './encode.js';
import { binaryTextArray } from './binary-text-array.js';
import type { Connections } from './connections.js';

const SEND = { name: 'broker_send', text: 'SELECT broker.send($1, $2, $3)' };
const SEND_WITH_OPTIONS = {
  name: 'broker_send_with_options',
  text: 'SELECT broker.send_with_options($1, $2, $3, $4, $5)',
};

export interface SenderOptions {
  readonly timeoutMs: number;
  readonly maxBufferedMessages: number;
}

/** The way of messages into one queue. */
export function createQueueSender(
  connections: Connections,
  queue: string,
  options: SenderOptions,
): BatchingSender<EncodedMessage> {
  return new BatchingSender({
    ...options,
    async write(messages) {
      const groupKeys = binaryTextArray(messages.map(({ groupKey }) => groupKey));
      const envelopes = binaryTextArray(messages.map(({ envelope }) => envelope));
      const delays = messages.map(({ delayMs }) => delayMs);
      const ids = messages.map(({ deduplicationId }) => deduplicationId);
      if (anySet(delays) || anySet(ids)) {
        await connections.query(SEND_WITH_OPTIONS, [
          queue,
          groupKeys,
          envelopes,
          anySet(delays) ? delays : null,
          anySet(ids) ? binaryTextArray(ids) : null,
        ]);
      } else {
        await connections.query(SEND, [queue, groupKeys, envelopes]);
      }
    },
  });
}
