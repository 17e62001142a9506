import type { BrokerLogger } from '@looseleaf/messaging/adapter';
import type { Admin } from 'kafkajs';
import { channelOf } from './channels.js';
import { deleteBefore } from './delete-records.js';
import type { KafkaConnection } from './kafka-connection.js';
import { committedOffsets } from './kafka-offsets.js';
import { learnTopics } from './learn-topics.js';
import type { Declarations } from './provisioning/declarations.js';

export interface CleanUpParts {
  readonly admin: Admin;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly intervalMs: number;
  readonly logger: BrokerLogger;
}

/**
 * Deletes what every group of a topic has done, and nothing else: Kafka's own retention, by age or by size, would delete
 * messages that nobody has handled yet. What is found done is deleted at the next look, so that it stays for one interval,
 * and a subscription that is being declared in between loses nothing.
 */
export class CleanUp {
  readonly #topics = new Set<string>();
  /** Found at the last look: by topic, what is done before these offsets. */
  readonly #done = new Map<string, Map<number, number>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: CleanUpParts) {}

  /** From now on also of what this queue is made of. */
  include(queue: string): void {
    for (const topic of channelOf(queue).topics) this.#topics.add(topic);
    this.#timer ??= setInterval(() => void this.#run(), this.parts.intervalMs).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #run(): Promise<void> {
    try {
      await this.parts.declarations.refresh();
      for (const topic of this.#topics) await this.#clean(topic);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'what is done could not be deleted; it is the next time');
    }
  }

  async #clean(topic: string): Promise<void> {
    const before = this.#done.get(topic);
    const done = await this.#doneByAll(topic);
    this.#done.set(topic, done);
    if (before && before.size > 0) await deleteBefore(this.parts.admin, topic, before);
  }

  async #doneByAll(topic: string): Promise<Map<number, number>> {
    const { connection, declarations } = this.parts;
    const partitions = await connection.use(async (cluster) => {
      await learnTopics(cluster, [topic]);
      return cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
    });
    const groups = declarations.all.map(({ queue }) => channelOf(queue)).filter(({ topics }) => topics.includes(topic));
    const done = new Map(partitions.map((partition) => [partition, Infinity]));
    for (const { group } of groups) {
      const committed = await committedOffsets(
        await connection.coordinator(group),
        group,
        new Map([[topic, partitions]]),
      );
      for (const partition of partitions) {
        const offset = committed.get(topic)?.[partition]?.offset ?? 0;
        done.set(partition, Math.min(done.get(partition) ?? 0, offset));
      }
    }
    return new Map([...done].filter(([, offset]) => offset > 0 && offset < Infinity));
  }
}
