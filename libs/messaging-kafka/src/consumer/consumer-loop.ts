import type { BatchHandler, Settlement } from '@looseleaf/messaging';
import {
  backOffMs,
  describeError,
  handleBatch,
  redeliveryDelayMs,
  TakeSize,
  type BrokerLogger,
} from '@looseleaf/messaging/adapter';
import type { Channel } from '../channels.js';
import type { OutgoingRecord } from '../sending/encode.js';
import type { Committer } from './committer.js';
import type { ConsumerControl } from './consumer-control.js';
import { deadLetter } from './dead-letter.js';
import { isLost, isRebalance } from './group-errors.js';
import type { HeldBatch, Spoiled } from './held-batch.js';
import type { Entry } from './partition-window.js';
import type { TakeRules, Windows } from './windows.js';

export interface LoopParts {
  readonly queue: string;
  readonly channel: Channel;
  readonly handler: BatchHandler;
  readonly options: { readonly maxMessages: number; readonly lingerMs: number };
  readonly control: ConsumerControl;
  readonly windows: Windows;
  readonly committer: Committer;
  readonly logger: BrokerLogger;
  /** Undefined while they are not known. */
  rules(): TakeRules | undefined;
  /** Resolves when they are durable. */
  readonly write: (records: readonly OutgoingRecord[]) => Promise<void>;
  /** There is room again. */
  onSettled(): void;
}

/** Something else wakes an idle loop: a record, a time that is due. */
const IDLE_MS = 20_000;

/** Take, handle, settle, one batch after the other. */
export class ConsumerLoop {
  readonly #takeSize: TakeSize;

  constructor(private readonly parts: LoopParts) {
    this.#takeSize = new TakeSize(parts.options.maxMessages);
  }

  /** Ends when the control says so, with nothing left in its hands. */
  async run(): Promise<void> {
    const { control } = this.parts;
    while (!control.stopped) {
      await control.whilePaused();
      if (!control.stopped) await this.#turn();
    }
  }

  async #turn(): Promise<void> {
    const { control, windows, options } = this.parts;
    const rules = this.parts.rules();
    if (control.isHeld || !rules) return control.sleepUntilWoken(IDLE_MS);
    const startedAt = performance.now();
    const { batch, dueMs } = windows.take(this.#takeSize.value, rules);
    const size = batch.entries.length + batch.spoiled.length;
    if (size === 0) {
      // What was filtered out is done.
      this.parts.committer.commitSoon();
      return control.sleepUntilWoken(Math.min(IDLE_MS, Math.max(1, dueMs - Date.now())));
    }
    if (!(await this.#record())) {
      windows.release(batch);
      for (const entry of batch.entries) entry.window.giveBack(entry);
      for (const { entry } of batch.spoiled) entry.window.giveBack(entry);
      return;
    }
    const settlements = await handleBatch(this.parts.handler, batch.deliveries, this.parts);
    await this.#settle(batch, settlements);
    if (size < this.#takeSize.value && settlements.some(({ kind }) => kind !== 'released')) {
      // Under a light load, a little patience turns many small batches into few larger ones.
      const lingerMs = options.lingerMs - (performance.now() - startedAt);
      if (lingerMs > 0) await control.sleep(lingerMs);
    }
  }

  /** Writes down that the batch is being delivered, before it is: should this process die of it, the next one knows. */
  async #record(): Promise<boolean> {
    const { committer, control, logger, queue } = this.parts;
    try {
      await committer.commit();
      return true;
    } catch (error) {
      if (!isRebalance(error) && !isLost(error)) logger.warn({ err: error, queue }, 'cannot commit; trying again');
      // Until the group is in order again, or the broker is back.
      await control.sleep(backOffMs(1, 100, 100));
      return false;
    }
  }

  async #settle(batch: HeldBatch, settlements: readonly Settlement[]): Promise<void> {
    const { windows, committer, control } = this.parts;
    const spoiled = [...batch.spoiled];
    const done: Entry[] = [];
    const returned: Entry[] = [];
    settlements.forEach((settlement, index) => {
      const entry = batch.entries[index] as Entry;
      if (settlement.kind === 'done') done.push(entry);
      else if (this.#isSpent(entry, settlement)) spoiled.push({ entry, error: describeError(settlement.error) });
      else returned.push(entry);
    });
    this.#adapt(batch, settlements);
    // Nothing of their groups goes on before the letters are durable.
    if (spoiled.length > 0 && !(await this.#bury(spoiled))) return;
    windows.release(batch);
    for (const entry of done) entry.window.finish(entry);
    for (const { entry } of spoiled) entry.window.finish(entry);
    for (const entry of returned) entry.window.giveBack(entry);
    committer.commitSoon();
    control.wake();
    this.parts.onSettled();
  }

  /** Counts the attempt; true when it was the last one. */
  #isSpent(
    entry: Entry,
    settlement: Exclude<Settlement, { kind: 'done' }>,
  ): settlement is Settlement & { kind: 'failed' } {
    entry.lost = 0;
    if (settlement.kind === 'released') {
      entry.notBefore = Date.now() + settlement.delayMs;
      return false;
    }
    entry.attempts += 1;
    entry.notBefore = Date.now() + redeliveryDelayMs(settlement, entry.attempts);
    return settlement.permanent === true || entry.attempts >= (this.parts.rules()?.maxReceiveCount ?? 1);
  }

  #adapt({ entries, spoiled }: HeldBatch, settlements: readonly Settlement[]): void {
    const released = settlements.filter((settlement) => settlement.kind === 'released');
    if (spoiled.length > 0 || entries.length === 0 || released.length < entries.length) {
      this.#takeSize.gotThrough();
      return;
    }
    this.#takeSize.cameBack(entries.length);
    this.parts.control.pause(Math.max(...released.map(({ delayMs }) => delayMs)));
  }

  /** False when the time to stop is over: they stay where they are. */
  async #bury(spoiled: readonly Spoiled[]): Promise<boolean> {
    const { control, logger, queue, channel } = this.parts;
    for (let attempt = 1; !control.abandoned; attempt += 1) {
      try {
        await this.parts.write(spoiled.map((each) => deadLetter(channel, each)));
        return true;
      } catch (error) {
        logger.warn({ err: error, queue }, 'dead letters cannot be written; trying again');
        await control.sleep(backOffMs(attempt, 100, 2000));
      }
    }
    return false;
  }
}
