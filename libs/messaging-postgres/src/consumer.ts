import type { BatchHandler, ConsumeOptions, Consumer } from '@looseleaf/messaging';
import { finishWithin, type BrokerLogger } from '@looseleaf/messaging/adapter';
import { ConsumerControl } from './consumer-control.js';
import { ConsumerLoop } from './consumer-loop.js';
import type { QueueStore } from './queue-store.js';
import type { WakeUps } from './wake-ups.js';

/** The loops that one `consume` started. */
export class PostgresConsumer implements Consumer {
  private readonly control = new ConsumerControl();
  private readonly finished: Promise<void>;

  constructor(
    store: QueueStore,
    wakeUps: WakeUps,
    handler: BatchHandler,
    options: ConsumeOptions,
    logger: BrokerLogger,
  ) {
    const subscription = wakeUps.subscribe(store.queue);
    const loopOptions = {
      maxMessages: options.maxMessages ?? 500,
      visibilityTimeoutMs: options.visibilityTimeoutMs ?? 10_000,
      lingerMs: options.lingerMs ?? 10,
    };
    const parts = { store, handler, logger, control: this.control, wakeUps: subscription, options: loopOptions };
    const loops = Array.from({ length: options.concurrency ?? 1 }, () => new ConsumerLoop(parts).run());
    this.finished = Promise.all(loops).then(() => {
      subscription.end();
      // Nobody to tell when the broker is away.
      return store.leave().catch(() => undefined);
    });
  }

  async stop(deadlineMs: number): Promise<void> {
    this.control.stop();
    await finishWithin(this.finished, deadlineMs, () => this.control.abandon());
  }
}
