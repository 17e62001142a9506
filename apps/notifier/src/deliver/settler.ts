import { setTimeout as sleep } from 'node:timers/promises';
import { errorText, MessagingError, UnavailableError } from '@looseleaf/messaging';
import type { PersistenceLogger } from '@looseleaf/persistence';
import { backOffMs } from './back-off.js';
import type { DeliveryStore, Settled } from './delivery-store.js';

const MAX_BATCH = 500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Writes down what became of deliveries. What is reported while one write runs goes with the next one, so that many
 * deliveries share a commit under load and a single one does not wait.
 */
export class Settler {
  private readonly pending: (Settled & { readonly done: () => void })[] = [];
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(
    private readonly store: DeliveryStore,
    private readonly logger: PersistenceLogger,
  ) {}

  /**
   * Resolves when it is written. While the database is away it is tried on; whatever else keeps it from being written is
   * logged, and the delivery comes back when its lease runs out. So does what is reported after {@link stop}: it was cut off.
   */
  settle(settled: Settled): Promise<void> {
    if (this.stopping.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      this.pending.push({ ...settled, done: resolve });
      this.running ??= this.run();
    });
  }

  /** Gives up what cannot be written at once; its leases run out. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    // Lets those that ended in the same turn of the event loop come along.
    await Promise.resolve();
    while (this.pending.length > 0) {
      const batch = this.pending.splice(0, MAX_BATCH);
      await this.write(batch);
      for (const { done } of batch) done();
    }
    this.running = undefined;
  }

  private async write(batch: readonly Settled[]): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await this.store.settle(batch);
        if (failures > 0) this.logger.info({ failures }, 'deliveries are settled again');
        return;
      } catch (error) {
        const triesOn = error instanceof MessagingError && error.retryable && !this.stopping.signal.aborted;
        if (!(error instanceof UnavailableError) || failures === 0) {
          this.logger[triesOn ? 'warn' : 'error'](
            { reason: errorText(error), deliveries: batch.length },
            triesOn ? 'deliveries could not be settled; trying on' : 'deliveries could not be settled; they come again',
          );
        }
        if (!triesOn) return;
        const pauseMs = backOffMs(failures, FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
        await sleep(pauseMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }
}
