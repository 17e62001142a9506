import { UnavailableError, type BatchHandler, type Settlement } from '@looseleaf/messaging';
import { backOffMs, handleBatch, TakeSize, type BrokerLogger } from '@looseleaf/messaging/adapter';
import { randomUUID } from 'node:crypto';
import type { ConsumerControl } from './consumer-control.js';
import { HeldBatch } from './held-batch.js';
import type { QueueStore, Settling } from './queue-store.js';
import type { WakeUpSubscription } from './wake-ups.js';

export interface LoopOptions {
  readonly maxMessages: number;
  readonly visibilityTimeoutMs: number;
  readonly lingerMs: number;
}

interface LoopParts {
  readonly store: QueueStore;
  readonly handler: BatchHandler;
  readonly options: LoopOptions;
  readonly control: ConsumerControl;
  readonly wakeUps: WakeUpSubscription;
  readonly logger: BrokerLogger;
}

/** An idle consumer looks this often, should a notification ever be missed. */
const SAFETY_POLL_MS = 20_000;

/** Take, handle, settle, one batch after the other. Settling a batch and taking the next is one round trip. */
export class ConsumerLoop {
  private readonly takeSize: TakeSize;

  constructor(private readonly parts: LoopParts) {
    this.takeSize = new TakeSize(parts.options.maxMessages);
  }

  /** Ends when the control says so, with nothing left in its hands. */
  async run(): Promise<void> {
    const { control, store } = this.parts;
    let settling: Settling | undefined;
    while (!control.stopped) {
      await control.whilePaused();
      settling = await this.turn(settling);
    }
    if (settling) {
      const last = settling;
      await this.persist(() => store.settle(last));
    }
  }

  /** Settles what is to be settled, takes a batch, handles it; what is then to be settled. */
  private async turn(settling: Settling | undefined): Promise<Settling | undefined> {
    const { control, store, options, wakeUps } = this.parts;
    const { generation } = wakeUps;
    const startedAt = performance.now();
    const take = { receipt: randomUUID(), maxMessages: this.takeSize.value, visibilityMs: options.visibilityTimeoutMs };
    const taken = await this.persist(() => store.take(take, settling));
    if (!taken) return undefined;
    if (taken.rows.length === 0) {
      if (control.stopped) return undefined;
      const waitMs = Math.min(SAFETY_POLL_MS, Math.max(1, Math.ceil(taken.waitMs ?? SAFETY_POLL_MS)));
      await control.sleep(waitMs, (wake) => wakeUps.once(generation, wake));
      return undefined;
    }
    if (control.stopped) {
      await this.persist(() => store.release(take.receipt, 0));
      return undefined;
    }
    const batch = new HeldBatch(take.receipt, taken.rows);
    const settlements = await this.handle(batch);
    const releaseDelayMs = batch.releaseDelayMs(settlements);
    if (releaseDelayMs !== undefined) {
      this.takeSize.cameBack(batch.size);
      control.pause(releaseDelayMs);
      await this.persist(() => store.release(batch.receipt, releaseDelayMs));
      return undefined;
    }
    const isPartial = batch.size < this.takeSize.value;
    this.takeSize.gotThrough();
    if (isPartial) {
      // Under a light load, a little patience turns many small batches into few larger ones.
      const lingerMs = options.lingerMs - (performance.now() - startedAt);
      if (lingerMs > 0 && !control.stopped) await control.sleep(lingerMs);
    }
    return { receipt: batch.receipt, exceptions: batch.exceptions(settlements) };
  }

  /** Runs the handler, and keeps the batch hidden from others meanwhile. */
  private async handle(batch: HeldBatch): Promise<readonly Settlement[]> {
    const { handler, options, logger, store } = this.parts;
    const extension = setInterval(() => void this.extend(batch), options.visibilityTimeoutMs / 3);
    try {
      return await handleBatch(handler, batch.deliveries, { logger, queue: store.queue });
    } finally {
      clearInterval(extension);
    }
  }

  private async extend({ receipt }: HeldBatch): Promise<void> {
    const { store, options, logger, control } = this.parts;
    if (control.abandoned) return;
    try {
      if (await store.extend(receipt, options.visibilityTimeoutMs)) return;
      logger.warn({ queue: store.queue }, 'a batch took so long that it was given to another consumer');
    } catch (error) {
      // The next extension comes before the batch becomes visible; should that fail too, it is delivered once more.
      logger.warn({ err: error, queue: store.queue }, 'a batch could not be kept hidden');
    }
  }

  /** Repeats an operation, which must be safe to repeat, until it succeeds; undefined when there is no time left. */
  private async persist<Result>(operation: () => Promise<Result>): Promise<Result | undefined> {
    const { control, logger, store } = this.parts;
    for (let attempt = 1; !control.abandoned; attempt += 1) {
      try {
        const result = await operation();
        if (attempt > 1) logger.info({ queue: store.queue }, 'the broker is back');
        return result;
      } catch (error) {
        const details = { err: error, queue: store.queue };
        if (!(error instanceof UnavailableError)) logger.error(details, 'the broker refuses; trying again');
        else if (attempt === 1) logger.warn(details, 'the broker is away; waiting for it');
        await control.sleep(backOffMs(attempt, 100, 2000));
      }
    }
    return undefined;
  }
}
