import type { DeadLetter, QueueAdministration, QueueStats } from '@looseleaf/messaging';
import { readableMessage } from '@looseleaf/messaging/adapter';
import type { Admin, Cluster } from 'kafkajs';
import { channelOf } from './channels.js';
import { LETTER_HEADERS } from './consumer/dead-letter.js';
import { deleteBefore } from './delete-records.js';
import type { KafkaConnection } from './kafka-connection.js';
import { offsetsOf } from './kafka-offsets.js';
import { learnTopics } from './learn-topics.js';
import type { Declarations } from './provisioning/declarations.js';
import { QueueStatistics } from './queue-statistics.js';
import { readFrom, type StoredRecord } from './fetching/read-from.js';
import type { OutgoingRecord } from './sending/encode.js';
import { SharedReading } from './shared-reading.js';
import { untilAvailable } from './time-limit.js';

export interface AdministrationParts {
  readonly admin: Admin;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly timeoutMs: number;
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

/** What operators do with the queues in Kafka; from any process, whoever consumes them. */
export class KafkaAdministration implements QueueAdministration {
  readonly #statistics: SharedReading<QueueStats[]>;

  constructor(private readonly parts: AdministrationParts) {
    const statistics = new QueueStatistics(parts.connection, parts.declarations);
    this.#statistics = new SharedReading(() => this.#answer((cluster) => statistics.read(cluster)));
  }

  stats(): Promise<QueueStats[]> {
    return this.#statistics.read();
  }

  async deadLetters(queue: string, limit: number): Promise<DeadLetter[]> {
    const { deadLetters } = channelOf(queue);
    return this.#answer(async (cluster) => {
      await this.parts.declarations.find(queue);
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
      await this.parts.declarations.find(queue);
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
    await learnTopics(cluster, [topic]);
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

  #answer<Result>(work: (cluster: Cluster) => Promise<Result>): Promise<Result> {
    return untilAvailable(() => this.parts.connection.use(work), this.parts.timeoutMs);
  }
}

function toDeadLetter(queue: string, { value, headers, timestampMs }: StoredRecord): DeadLetter {
  return {
    message: readableMessage(value.toString()),
    queue,
    error: String(headers[LETTER_HEADERS.error] ?? ''),
    attempts: Number(headers[LETTER_HEADERS.attempts] ?? 0),
    deadLetteredAt: new Date(timestampMs),
  };
}
