import type { QueueStats } from '@looseleaf/messaging';
import type { Cluster } from 'kafkajs';
import { channelOf } from './channels.js';
import { decodeProgress } from './consumer/progress.js';
import type { KafkaConnection } from './kafka-connection.js';
import { committedOffsets, offsetsOf, type CommittedOffset } from './kafka-offsets.js';
import { learnTopics } from './learn-topics.js';
import type { Declarations } from './provisioning/declarations.js';
import { readFrom } from './fetching/read-from.js';

type Offsets = ReadonlyMap<string, readonly number[]>;

/** A partition with messages that are not done. */
interface Backlog {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the message at the offset was sent, if its consumer has said so. */
  readonly sinceMs: number | undefined;
}

/** Enough for one record: Kafka gives a whole batch at least. */
const ONE_RECORD_BYTES = 1;

/** What waits in the queues, from what their groups have committed: from any process, whoever consumes them. */
export class QueueStatistics {
  /** When the message at an offset was sent, by partition; a partition that nobody consumes is read once. */
  readonly #sentAt = new Map<string, { offset: number; sentAtMs: number }>();

  constructor(
    private readonly connection: KafkaConnection,
    private readonly declarations: Declarations,
  ) {}

  async read(cluster: Cluster): Promise<QueueStats[]> {
    await this.declarations.refresh();
    const channels = this.declarations.all.map(({ queue }) => channelOf(queue));
    const topics = [...new Set(channels.flatMap((channel) => [...channel.topics, channel.deadLetters]))];
    if (topics.length === 0) return [];
    await learnTopics(cluster, topics);
    const [starts, ends] = await Promise.all([
      offsetsOf(cluster, topics, 'earliest'),
      offsetsOf(cluster, topics, 'latest'),
    ]);
    return Promise.all(
      channels.map(async ({ group, topics: own, deadLetters }) => {
        const asked = new Map(own.map((topic) => [topic, [...(ends.get(topic) ?? []).keys()]]));
        const coordinator = await this.connection.coordinator(group);
        const committed = await committedOffsets(coordinator, group, asked);
        const { depth, inFlight, backlogs } = summarize(own, committed, starts, ends);
        const deadLettered = (ends.get(deadLetters)?.[0] ?? 0) - (starts.get(deadLetters)?.[0] ?? 0);
        return {
          queue: group,
          depth,
          inFlight,
          oldestAgeMs: await this.#oldestAgeMs(cluster, backlogs),
          deadLettered,
        };
      }),
    );
  }

  async #oldestAgeMs(cluster: Cluster, backlogs: readonly Backlog[]): Promise<number> {
    const sentAt = await Promise.all(backlogs.map((backlog) => this.#sentAtMs(cluster, backlog)));
    return sentAt.length === 0 ? 0 : Math.max(0, Date.now() - Math.min(...sentAt));
  }

  async #sentAtMs(cluster: Cluster, { topic, partition, offset, sinceMs }: Backlog): Promise<number> {
    if (sinceMs !== undefined) return sinceMs;
    const name = `${topic} ${partition}`;
    const known = this.#sentAt.get(name);
    if (known?.offset === offset) return known.sentAtMs;
    const [record] = await readFrom(cluster, topic, partition, offset, ONE_RECORD_BYTES);
    // Without one it was done meanwhile.
    if (!record) return Date.now();
    this.#sentAt.set(name, { offset, sentAtMs: record.timestampMs });
    return record.timestampMs;
  }
}

function summarize(
  topics: readonly string[],
  committed: ReadonlyMap<string, readonly (CommittedOffset | undefined)[]>,
  starts: Offsets,
  ends: Offsets,
) {
  let depth = 0;
  let inFlight = 0;
  const backlogs: Backlog[] = [];
  for (const topic of topics) {
    for (const [partition, end] of (ends.get(topic) ?? []).entries()) {
      const commit = committed.get(topic)?.[partition];
      const offset = Math.max(commit?.offset ?? 0, starts.get(topic)?.[partition] ?? 0);
      if (offset >= end) continue;
      const { sinceMs, standings } = decodeProgress(commit?.offset ?? 0, commit?.metadata ?? '');
      depth += end - offset;
      for (const { done, lost } of standings.values()) {
        if (done || lost > 0) depth -= 1;
        if (!done && lost > 0) inFlight += 1;
      }
      backlogs.push({ topic, partition, offset, sinceMs });
    }
  }
  return { depth, inFlight, backlogs };
}
