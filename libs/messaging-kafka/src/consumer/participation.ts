import { backOffMs, type BrokerLogger } from '@looseleaf/messaging/adapter';
import type { KafkaConnection } from '../kafka-connection.js';
import { learnTopics } from '../learn-topics.js';
import type { Committer } from './committer.js';
import type { ConsumerControl } from './consumer-control.js';
import { isLost, isRebalance } from './group-errors.js';
import type { GroupMember } from './group-member.js';
import type { HeldBatch } from './held-batch.js';
import { PartitionWindow } from './partition-window.js';
import type { Windows } from './windows.js';

export interface ParticipationParts {
  readonly queue: string;
  readonly topics: readonly string[];
  readonly connection: KafkaConnection;
  readonly member: GroupMember;
  readonly windows: Windows;
  readonly committer: Committer;
  readonly control: ConsumerControl;
  readonly sessionTimeoutMs: number;
  readonly logger: BrokerLogger;
  /** Before the group is joined. */
  prepare(): Promise<void>;
  /** There are new partitions. */
  onAssigned(): void;
}

/** When members come or go, running batches have this long to end before their partitions are kept out of it. */
const DRAIN_MS = 1000;
const HEARTBEATS_PER_SESSION = 10;
/** Partitions that were added are noticed within this time. */
const PARTITION_CHECK_MS = 10_000;

/**
 * Keeps a consumer in its group, and the windows to the partitions that are its own.
 *
 * When the group changes, no new batch begins, those that run have a second to end, and what is done is committed before
 * the member joins again: an orderly change delivers nothing twice.
 */
export class Participation {
  #isAway = false;

  constructor(private readonly parts: ParticipationParts) {}

  /** Joins the group, again and again, until the consumer has finished. */
  async run(): Promise<void> {
    for (let failures = 0; !this.parts.control.finished;) {
      try {
        await this.parts.prepare();
        const stragglers = await this.#join();
        if (failures > 0) this.parts.logger.info({ queue: this.parts.queue }, 'consuming again');
        failures = 0;
        await this.#untilChange(stragglers);
      } catch (error) {
        if (isLost(error)) this.#forget();
        if (isRebalance(error) || isLost(error)) continue;
        failures += 1;
        if (failures === 1)
          this.parts.logger.warn({ err: error, queue: this.parts.queue }, 'cannot consume; trying again');
        await this.parts.control.sleep(backOffMs(failures, 50, 500));
      }
    }
  }

  /** @returns the batches that kept partitions from going to others: when they have ended, it should join again */
  async #join(): Promise<readonly HeldBatch[]> {
    const { logger, queue } = this.parts;
    const holdings = { owned: this.parts.windows.shares, busy: this.parts.windows.busyShares };
    const joined = await this.parts.member.join(holdings, () => this.#countShares(true));
    this.parts.windows.keep(joined.isSuccessor ? joined.shares : []);
    await this.#open(joined.shares);
    logger.info({ queue, partitions: joined.shares }, 'joined the consumer group');
    this.parts.onAssigned();
    this.parts.control.release();
    return joined.surplus ? this.parts.windows.runningBatches : [];
  }

  /** Begins with the partitions that are new to this consumer, where their former owners ended. */
  async #open(shares: readonly number[]): Promise<void> {
    const added = shares.filter((share) => !this.parts.windows.shares.includes(share));
    if (added.length === 0) return;
    for (const [topic, offsets] of await this.parts.member.committed(added)) {
      for (const partition of added) {
        // Without a commit: from the beginning, which is never too late.
        const { offset, metadata } = offsets[partition] ?? { offset: 0, metadata: '' };
        this.parts.windows.add(new PartitionWindow(topic, partition, offset, metadata));
      }
    }
  }

  /** Resolves when the group changes or should, with what is done committed. */
  async #untilChange(stragglers: readonly HeldBatch[]): Promise<void> {
    const count = await this.#countShares(false);
    const intervalMs = this.parts.sessionTimeoutMs / HEARTBEATS_PER_SESSION;
    for (let checkedAt = performance.now(); !this.parts.control.finished;) {
      await this.parts.control.sleep(intervalMs);
      if (!(await this.#heartbeat())) break;
      if (stragglers.length > 0 && !stragglers.some((batch) => this.parts.windows.isRunning(batch))) break;
      if (performance.now() - checkedAt < PARTITION_CHECK_MS) continue;
      checkedAt = performance.now();
      if ((await this.#countShares(true)) !== count) break;
    }
    await this.#drain();
  }

  /** False when the group changes. While no node answers, nobody else gets the partitions: it goes on trying. */
  async #heartbeat(): Promise<boolean> {
    try {
      await this.parts.member.heartbeat();
      if (this.#isAway) this.parts.logger.info({ queue: this.parts.queue }, 'the broker is back');
      this.#isAway = false;
      return true;
    } catch (error) {
      if (isRebalance(error)) return false;
      if (isLost(error)) throw error;
      if (!this.#isAway)
        this.parts.logger.warn({ err: error, queue: this.parts.queue }, 'the broker is away; waiting for it');
      this.#isAway = true;
      return true;
    }
  }

  async #drain(): Promise<void> {
    this.parts.control.hold();
    const deadline = performance.now() + DRAIN_MS;
    for (let ms; this.parts.windows.runningBatches.length > 0 && (ms = deadline - performance.now()) > 0;) {
      await this.parts.control.sleepUntilWoken(ms);
    }
    await this.parts.committer.commit().catch((error: unknown) => {
      if (isLost(error)) throw error;
    });
  }

  #forget(): void {
    this.parts.logger.warn({ queue: this.parts.queue }, 'the group went on without this consumer; joining again');
    this.parts.control.hold();
    this.parts.member.forget();
    this.parts.windows.keep([]);
  }

  async #countShares(isFresh: boolean): Promise<number> {
    const { topics, connection } = this.parts;
    return connection.use(async (cluster) => {
      await learnTopics(cluster, topics);
      if (isFresh) await cluster.refreshMetadata();
      return Math.max(...topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length));
    });
  }
}
