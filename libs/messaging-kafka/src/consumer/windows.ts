import { decodeMessage, type Delivery, type Message } from '@looseleaf/messaging';
import { describeError } from '@looseleaf/messaging/adapter';
import type { EventFilter } from '../provisioning/declarations.js';
import type { HeldBatch, Spoiled } from './held-batch.js';
import { peekName } from './peek-name.js';
import type { Entry, PartitionWindow } from './partition-window.js';

export interface TakeRules {
  readonly maxReceiveCount: number;
  readonly retentionMs: number;
  /** Of a subscription; what it does not want counts as done. */
  readonly filter: EventFilter | undefined;
  /** The topic to which the filter applies: redriven messages have passed it. */
  readonly filteredTopic: string;
}

/** From here on, a message that was lost with its consumer is delivered alone: it may be what kills them. */
const SUSPECT_LOSSES = 2;

/** All partitions of a consumer, and which of their messages may be delivered next. */
export class Windows {
  readonly #windows = new Map<string, PartitionWindow>();
  readonly #runningKeys = new Set<string>();
  readonly #runningBatches = new Set<HeldBatch>();
  /** Where the next take begins, so that no partition starves. */
  #turn = 0;

  get all(): readonly PartitionWindow[] {
    return [...this.#windows.values()];
  }

  get(topic: string, partition: number): PartitionWindow | undefined {
    return this.#windows.get(`${topic} ${partition}`);
  }

  add(window: PartitionWindow): void {
    this.#windows.set(`${window.topic} ${window.partition}`, window);
  }

  /** Forgets partitions that are not this consumer's any more. What runs of them goes on, to no effect. */
  keep(shares: readonly number[]): void {
    for (const [name, { partition }] of this.#windows) if (!shares.includes(partition)) this.#windows.delete(name);
  }

  get shares(): number[] {
    return [...new Set(this.all.map(({ partition }) => partition))];
  }

  get busyShares(): number[] {
    return [...new Set(this.all.filter(({ isRunning }) => isRunning).map(({ partition }) => partition))];
  }

  get runningBatches(): readonly HeldBatch[] {
    return [...this.#runningBatches];
  }

  isRunning(batch: HeldBatch): boolean {
    return this.#runningBatches.has(batch);
  }

  /**
   * Takes messages that may be delivered now: none whose group is in another batch, or has an earlier message that waits.
   * @returns the batch, which may be empty, and when the next one is due that waits for its time
   */
  take(max: number, rules: TakeRules): { batch: HeldBatch; dueMs: number } {
    const entries: Entry[] = [];
    const deliveries: Delivery[] = [];
    const spoiled: Spoiled[] = [];
    const blocked = new Set(this.#runningKeys);
    const now = Date.now();
    let dueMs = Infinity;
    for (const entry of this.#inTurn()) {
      if (entries.length + spoiled.length >= max) break;
      if (entry.state === 'running' || (entry.key !== undefined && blocked.has(entry.key))) continue;
      const alone = entry.lost >= SUSPECT_LOSSES && entry.attempts < rules.maxReceiveCount;
      if (entry.notBefore > now || (alone && entries.length > 0)) {
        if (entry.key !== undefined) blocked.add(entry.key);
        if (entry.notBefore > now) dueMs = Math.min(dueMs, entry.notBefore);
        continue;
      }
      const judged = judge(entry, rules, now);
      if (judged === undefined) {
        entry.window.finish(entry);
      } else if (typeof judged === 'string') {
        spoiled.push({ entry, error: judged });
      } else {
        entries.push(entry);
        deliveries.push({ message: judged, receiveCount: entry.attempts + 1, sentAt: new Date(entry.timestampMs) });
        if (alone) break;
      }
    }
    this.#start(entries);
    this.#start(spoiled.map(({ entry }) => entry));
    const batch = { entries, deliveries, spoiled };
    if (entries.length + spoiled.length > 0) this.#runningBatches.add(batch);
    return { batch, dueMs };
  }

  /** The entries of a batch are not running any more; each is then given back or finished. */
  release(batch: HeldBatch): void {
    this.#runningBatches.delete(batch);
    for (const { key } of batch.entries) if (key !== undefined) this.#runningKeys.delete(key);
    for (const { entry } of batch.spoiled) if (entry.key !== undefined) this.#runningKeys.delete(entry.key);
  }

  #start(entries: readonly Entry[]): void {
    for (const entry of entries) {
      entry.window.start(entry);
      if (entry.key !== undefined) this.#runningKeys.add(entry.key);
    }
  }

  *#inTurn(): Generator<Entry> {
    const windows = this.all;
    this.#turn += 1;
    for (let index = 0; index < windows.length; index += 1) {
      yield* (windows[(this.#turn + index) % windows.length] as PartitionWindow).unfinished();
    }
  }
}

/** The message; an error when it is to be dead-lettered; undefined when nobody wants it. */
function judge(entry: Entry, rules: TakeRules, now: number): Message | string | undefined {
  if (entry.attempts >= rules.maxReceiveCount) {
    return 'MESSAGE.RECEIVED_TOO_OFTEN: its consumer died or was too slow each time';
  }
  if (now - entry.timestampMs > rules.retentionMs) return `MESSAGE.EXPIRED: older than ${rules.retentionMs} ms`;
  const { topic, partition } = entry.window;
  const filter = topic === rules.filteredTopic ? rules.filter : undefined;
  // Most of a topic may be of no interest, and parsing it would cost more than all the rest.
  const name = filter && peekName(entry.value);
  if (name !== undefined && !filter?.mayWant(partition, entry.offset, name)) return undefined;
  try {
    const message = decodeMessage(entry.value.toString());
    return filter?.wants(partition, entry.offset, message) === false ? undefined : message;
  } catch (error) {
    return describeError(error);
  }
}
