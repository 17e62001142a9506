import { MessagingError, type BatchHandler, type ConsumeOptions, type Consumer } from '@looseleaf/messaging';
import { ConsumerControl } from './consumer-control.js';
import { ConsumerLoop } from './consumer-loop.js';
import type { BrokerLogger } from './logger.js';
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
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.control.abandon();
        reject(new MessagingError('CONSUMER.STOP_TIMED_OUT', `a batch still ran after ${deadlineMs} ms`, true));
      }, deadlineMs);
    });
    try {
      await Promise.race([this.finished, late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
