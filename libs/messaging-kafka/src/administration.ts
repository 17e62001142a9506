import {
  decodeMessage,
  type DeadLetter,
  type Message,
  type QueueAdministration,
  type QueueStats,
} from '@looseleaf/messaging';
import type { Admin, Cluster } from 'kafkajs';
import { channelOf } from './channels.js';
import { LETTER_HEADERS } from './consumer/dead-letter.js';
import { decodeProgress } from './consumer/progress.js';
import { deleteBefore } from './delete-records.js';
import type { KafkaConnection } from './kafka-connection.js';
import { committedOffsets, offsetsOf, type CommittedOffset } from './kafka-offsets.js';
import type { Declarations } from './provisioning/declarations.js';
import { readFrom, type StoredRecord } from './reading.js';
import type { OutgoingRecord } from './sending/encode.js';
import { untilAvailable } from './time-limit.js';

export interface AdministrationParts {
  readonly admin: Admin;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly timeoutMs: number;
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

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

/** What operators do with the queues in Kafka; from any process, whoever consumes them. */
export class KafkaAdministration implements QueueAdministration {
  /** When the message at an offset was sent, by partition; a partition that nobody consumes is read once. */
  readonly #sentAt = new Map<string, { offset: number; sentAtMs: number }>();

  constructor(private readonly parts: AdministrationParts) {}

  async stats(): Promise<QueueStats[]> {
    return this.#answer(async (cluster) => {
      await this.parts.declarations.refresh();
      const channels = this.parts.declarations.all.map(({ queue }) => channelOf(queue));
      const topics = [...new Set(channels.flatMap((channel) => [...channel.topics, channel.deadLetters]))];
      if (topics.length === 0) return [];
      await cluster.addMultipleTargetTopics(topics);
      const [starts, ends] = await Promise.all([
        offsetsOf(cluster, topics, 'earliest'),
        offsetsOf(cluster, topics, 'latest'),
      ]);
      return Promise.all(
        channels.map(async ({ group, topics: own, deadLetters }) => {
          const asked = new Map(own.map((topic) => [topic, [...(ends.get(topic) ?? []).keys()]]));
          const coordinator = await this.parts.connection.coordinator(group);
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
    });
  }

  async deadLetters(queue: string, limit: number): Promise<DeadLetter[]> {
    const { deadLetters } = channelOf(queue);
    return this.#answer(async (cluster) => {
      const letters: DeadLetter[] = [];
      for await (const records of this.#letters(cluster, deadLetters)) {
        letters.push(...records.map((record) => toDeadLetter(queue, record)));
        if (letters.length >= limit) break;
      }
      return letters.slice(0, limit);
    });
  }

  /** A process that dies between the two steps leaves the letters where they are, too: the copies have the same ids. */
  async redrive(queue: string, limit = Infinity): Promise<number> {
    const { deadLetters, redriveTo } = channelOf(queue);
    let redriven = 0;
    return this.#answer(async (cluster) => {
      for await (const records of this.#letters(cluster, deadLetters)) {
        const moved = records.slice(0, limit - redriven);
        await this.parts.write(
          moved.map(({ key, value }) => ({
            topic: redriveTo,
            key: key?.toString() ?? null,
            value,
            bytes: value.length,
          })),
        );
        redriven += moved.length;
        await deleteBefore(this.parts.admin, deadLetters, new Map([[0, (moved.at(-1)?.offset ?? 0) + 1]]));
        if (redriven >= limit) break;
      }
      return redriven;
    });
  }

  /** From the first to those that are there now. */
  async *#letters(cluster: Cluster, topic: string): AsyncGenerator<StoredRecord[]> {
    await cluster.addTargetTopic(topic);
    const [starts, ends] = await Promise.all([
      offsetsOf(cluster, [topic], 'earliest'),
      offsetsOf(cluster, [topic], 'latest'),
    ]);
    const end = ends.get(topic)?.[0] ?? 0;
    for (let offset = starts.get(topic)?.[0] ?? 0; offset < end;) {
      const records = (await readFrom(cluster, topic, 0, offset)).filter((record) => record.offset < end);
      const last = records.at(-1);
      if (!last) return;
      yield records;
      offset = last.offset + 1;
    }
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

  #answer<Result>(work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    return untilAvailable(() => this.parts.connection.use(work), this.parts.timeoutMs);
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

function toDeadLetter(queue: string, { value, headers, timestampMs }: StoredRecord): DeadLetter {
  return {
    message: readable(value.toString()),
    queue,
    error: String(headers[LETTER_HEADERS.error] ?? ''),
    attempts: Number(headers[LETTER_HEADERS.attempts] ?? 0),
    deadLetteredAt: new Date(timestampMs),
  };
}

/** What a consumer could not read is a dead letter too; its text is then the body. */
function readable(envelope: string): Message {
  try {
    return decodeMessage(envelope);
  } catch {
    return { id: '', name: 'unreadable', version: 0, body: envelope, occurredAt: '', headers: {} };
  }
}
