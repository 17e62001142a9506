import { DONE } from '@looseleaf/messaging';
import { createKafkaBroker } from '../kafka-broker.js';

export interface HoldingConsumerOptions {
  readonly brokers: readonly string[];
  readonly queue: string;
  readonly maxMessages: number;
  /** After as many messages, a batch is held until the parent sends anything. */
  readonly holdAfter: number;
}

/** A consumer in a process of its own, which tells its parent the bodies of what it gets. It ends with its parent. */
const options = JSON.parse(process.env['CONSUMER'] ?? '{}') as HoldingConsumerOptions;
const released = new Promise<void>((resolve) => process.once('message', () => resolve()));
process.on('disconnect', () => process.exit());
let received = 0;
createKafkaBroker({ brokers: options.brokers, clientId: 'holding-consumer' })
  .queue(options.queue)
  .consume(
    async (batch) => {
      process.send?.(batch.map(({ message }) => message.body));
      received += batch.length;
      if (received > options.holdAfter) await released;
      return batch.map(() => DONE);
    },
    { maxMessages: options.maxMessages },
  );
