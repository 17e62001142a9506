import { MessagingError, type BatchHandler, type ConsumeOptions, type Consumer } from '@looseleaf/messaging';
import { backOffMs } from '../back-off.js';
import { channelOf, type Channel } from '../channels.js';
import { KafkaConnection } from '../kafka-connection.js';
import type { BrokerLogger } from '../logger.js';
import { compileFilters, type Declarations } from '../provisioning/declarations.js';
import type { OutgoingRecord } from '../sending/encode.js';
import { withTimeLimit } from '../time-limit.js';
import { Committer } from './committer.js';
import { ConsumerControl } from './consumer-control.js';
import { ConsumerLoop } from './consumer-loop.js';
import { Fetcher } from './fetcher.js';
import { isLost, isRebalance } from './group-errors.js';
import { GroupMember } from './group-member.js';
import type { HeldBatch } from './held-batch.js';
import { PartitionWindow } from './partition-window.js';
import { Windows, type TakeRules } from './windows.js';

export interface KafkaConsumerParts {
  readonly queue: string;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly handler: BatchHandler;
  readonly options: ConsumeOptions;
  readonly sessionTimeoutMs: number;
  readonly logger: BrokerLogger;
  /** Resolves when they are durable. */
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

/** When members come or go, running batches have this long to end before their partitions are kept out of it. */
const DRAIN_MS = 1000;
/** A broker that is away holds up no shutdown: then the session ends by itself. */
const LEAVE_LIMIT_MS = 2000;
const HEARTBEATS_PER_SESSION = 10;
/** Partitions that were added are noticed within this time. */
const PARTITION_CHECK_MS = 10_000;

/**
 * What one `consume` started: a member of the queue's consumer group, with the loops that deliver what it holds.
 *
 * When the group changes, no new batch begins, those that run have a second to end, and what is done is committed before
 * the member joins again: an orderly change delivers nothing twice.
 */
export class KafkaConsumer implements Consumer {
  readonly #channel: Channel;
  readonly #control = new ConsumerControl();
  readonly #windows = new Windows();
  readonly #member: GroupMember;
  readonly #committer: Committer;
  readonly #fetcher: Fetcher;
  readonly #finished: Promise<unknown>;
  #rules: TakeRules | undefined;

  constructor(private readonly parts: KafkaConsumerParts) {
    const { queue, connection, options, sessionTimeoutMs } = parts;
    const logger = parts.logger;
    this.#channel = channelOf(queue);
    const { group, topics } = this.#channel;
    this.#member = new GroupMember(connection, { group, topics, sessionTimeoutMs });
    this.#committer = new Committer(this.#windows, this.#member, logger);
    this.#fetcher = new Fetcher({
      connection,
      topics,
      windows: this.#windows,
      logger,
      onRecords: () => this.#control.wake(),
      onDeclarationChanged: () => this.#learnRules(true),
    });
    this.#control.hold();
    const loops = Array.from({ length: options.concurrency ?? 1 }, () =>
      new ConsumerLoop({
        queue,
        channel: this.#channel,
        handler: parts.handler,
        options: { maxMessages: options.maxMessages ?? 500, lingerMs: options.lingerMs ?? 10 },
        control: this.#control,
        windows: this.#windows,
        committer: this.#committer,
        logger,
        rules: () => this.#rules,
        write: (records) => parts.write(records),
        onSettled: () => this.#fetcher.poll(),
      }).run(),
    );
    // A member to the end, or others would get what is still being delivered.
    this.#finished = Promise.all([this.#participate(), Promise.all(loops).then(() => this.#control.finish())]);
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#control.stop();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new MessagingError('CONSUMER.STOP_TIMED_OUT', `a batch still ran after ${deadlineMs} ms`, true));
      }, deadlineMs);
    });
    try {
      await Promise.race([this.#finished, late]);
    } finally {
      clearTimeout(timer);
      this.#control.abandon();
      await withTimeLimit(this.#leave(), LEAVE_LIMIT_MS).catch(() => undefined);
      // An answer may be under way that nobody needs any more.
      void this.parts.connection.close();
    }
  }

  /** Joins the group, again and again, until the consumer stops. */
  async #participate(): Promise<void> {
    for (let failures = 0; !this.#control.finished;) {
      try {
        await this.#learnRules(false);
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
        await this.#control.sleep(backOffMs(failures, 50, 500));
      }
    }
  }

  /** @returns the batches that kept partitions from going to others: when they have ended, it should join again */
  async #join(): Promise<readonly HeldBatch[]> {
    const { logger, queue } = this.parts;
    const holdings = { owned: this.#windows.shares, busy: this.#windows.busyShares };
    const joined = await this.#member.join(holdings, () => this.#countShares(true));
    this.#windows.keep(joined.isSuccessor ? joined.shares : []);
    await this.#open(joined.shares);
    logger.info({ queue, partitions: joined.shares }, 'joined the consumer group');
    this.#fetcher.poll();
    this.#control.release();
    return joined.surplus ? this.#windows.runningBatches : [];
  }

  /** Begins with the partitions that are new to this consumer, where their former owners ended. */
  async #open(shares: readonly number[]): Promise<void> {
    const added = shares.filter((share) => !this.#windows.shares.includes(share));
    if (added.length === 0) return;
    for (const [topic, offsets] of await this.#member.committed(added)) {
      for (const partition of added) {
        // Without a commit: from the beginning, which is never too late.
        const { offset, metadata } = offsets[partition] ?? { offset: 0, metadata: '' };
        this.#windows.add(new PartitionWindow(topic, partition, offset, metadata));
      }
    }
  }

  /** Resolves when the group changes or should, with what is done committed. */
  async #untilChange(stragglers: readonly HeldBatch[]): Promise<void> {
    const count = await this.#countShares(false);
    const intervalMs = this.parts.sessionTimeoutMs / HEARTBEATS_PER_SESSION;
    for (let checkedAt = performance.now(); !this.#control.finished;) {
      await this.#control.sleep(intervalMs);
      if (!(await this.#heartbeat())) break;
      if (stragglers.length > 0 && !stragglers.some((batch) => this.#windows.isRunning(batch))) break;
      if (performance.now() - checkedAt < PARTITION_CHECK_MS) continue;
      checkedAt = performance.now();
      if ((await this.#countShares(true)) !== count) break;
    }
    await this.#drain();
  }

  /** False when the group changes. While no node answers, nobody else gets the partitions: it goes on trying. */
  async #heartbeat(): Promise<boolean> {
    try {
      await this.#member.heartbeat();
      return true;
    } catch (error) {
      if (isRebalance(error)) return false;
      if (isLost(error)) throw error;
      this.parts.logger.warn({ err: error, queue: this.parts.queue }, 'the broker is away; waiting for it');
      return true;
    }
  }

  async #drain(): Promise<void> {
    this.#control.hold();
    const deadline = performance.now() + DRAIN_MS;
    for (let ms; this.#windows.runningBatches.length > 0 && (ms = deadline - performance.now()) > 0;) {
      await this.#control.sleepUntilWoken(ms);
    }
    await this.#committer.commit().catch((error: unknown) => {
      if (isLost(error)) throw error;
    });
  }

  #forget(): void {
    this.parts.logger.warn({ queue: this.parts.queue }, 'the group went on without this consumer; joining again');
    this.#control.hold();
    this.#member.forget();
    this.#windows.keep([]);
  }

  async #learnRules(isChanged: boolean): Promise<void> {
    const { declarations, queue } = this.parts;
    if (isChanged) await declarations.refresh();
    const { maxReceiveCount, retentionMs, filters } = await declarations.find(queue);
    const filter = filters && compileFilters(filters);
    this.#rules = { maxReceiveCount, retentionMs, filter, filteredTopic: this.#channel.topics[0] ?? '' };
  }

  async #countShares(isFresh: boolean): Promise<number> {
    const { topics } = this.#channel;
    return this.parts.connection.use(async (cluster) => {
      await cluster.addMultipleTargetTopics([...topics]);
      if (isFresh) await cluster.refreshMetadata();
      return Math.max(...topics.map((topic) => cluster.findTopicPartitionMetadata(topic).length));
    });
  }

  async #leave(): Promise<void> {
    this.#fetcher.close();
    this.#committer.stop();
    await this.#committer.commit().catch(() => undefined);
    await this.#member.leave();
  }
}
