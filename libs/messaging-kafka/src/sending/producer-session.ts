import { MessagingError } from '@looseleaf/messaging';
import { backOffMs } from '@looseleaf/messaging/adapter';
import type { Cluster } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { groupBy } from '../group-by.js';
import type { KafkaConnection, KafkaNode } from '../kafka-connection.js';
import { PartitionError } from '../partition-error.js';
import type { OutgoingRecord } from './encode.js';
import { murmur2 } from './murmur2.js';
import { isFinalRefusal, isStored } from './produce-errors.js';
import { produceRequest, type EncodedBatch } from './produce-request.js';
import { encodeRecordBatch } from './record-batch.js';
import { ask } from '../wire.js';

/** Long enough for a new leader (6 s after a node died), so that what is repeated is recognised by the sequence numbers. */
const RETRY_MS = 12_000;
/** Less than a node may take to answer, so that it can say that replicas are missing. */
const REPLICATION_MS = 4_000;

interface Batch extends EncodedBatch {
  readonly records: readonly OutgoingRecord[];
}

/**
 * An idempotent producer: Kafka gives it an id, and it numbers the records of each partition, so that a batch that is sent
 * again, because the answer was lost, is stored once. One write at a time. After one that failed, nobody knows which of its
 * numbers were used, and the session must not be used any more.
 */
export class ProducerSession {
  #identity: { readonly producerId: bigint; readonly producerEpoch: number } | undefined;
  readonly #sequences = new Map<string, number>();
  /** Of records without a key, which go to all partitions in turn. */
  #turn = 0;

  constructor(private readonly connection: KafkaConnection) {}

  /** Resolves when all are stored, and marks each as soon as it is. @throws PartitionError; what kafkajs throws */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    const deadline = performance.now() + RETRY_MS;
    let batches: readonly Batch[] | undefined;
    for (let attempt = 1; ; attempt += 1) {
      try {
        // Encoded once: what is repeated must be the same.
        batches ??= await this.#prepare(records);
        await this.#store(batches);
        return;
      } catch (error) {
        const pauseMs = backOffMs(attempt, 50, 500);
        // Before anything was sent there is nothing to recognise.
        if (!batches || isFinal(error) || performance.now() + pauseMs > deadline) throw error;
        await sleep(pauseMs);
      }
    }
  }

  async #prepare(records: readonly OutgoingRecord[]): Promise<readonly Batch[]> {
    const { producerId, producerEpoch } = (this.#identity ??= await this.#begin());
    const byTopic = groupBy(records, ({ topic }) => topic);
    await this.connection.use(async (cluster) => {
      await cluster.addMultipleTargetTopics([...byTopic.keys()]);
      await cluster.refreshMetadataIfNecessary();
      for (const [topic, own] of byTopic) this.#assign(own, cluster.findTopicPartitionMetadata(topic).length);
    });
    const timestampMs = Date.now();
    return Array.from(byTopic, ([topic, all]) =>
      Array.from(
        groupBy(all, ({ partition }) => partition as number),
        ([partition, own]) => {
          const firstSequence = this.#number(topic, partition, own.length);
          const content = encodeRecordBatch(own, { producerId, producerEpoch, firstSequence }, timestampMs);
          return { topic, partition, content, records: own };
        },
      ),
    ).flat();
  }

  async #begin(): Promise<{ producerId: bigint; producerEpoch: number }> {
    return this.connection.use(async (cluster) => {
      const node = (await cluster.findControllerBroker()) as KafkaNode;
      const { producerId, producerEpoch } = await node.initProducerId({ transactionTimeout: RETRY_MS });
      return { producerId: BigInt(producerId), producerEpoch };
    });
  }

  /** By the key, as every client of Kafka does. A record that had a partition before keeps it. */
  #assign(records: readonly OutgoingRecord[], count: number): void {
    for (const record of records) {
      record.partition ??= (record.key === null ? this.#turn++ : murmur2(Buffer.from(record.key))) % count;
    }
  }

  #number(topic: string, partition: number, count: number): number {
    const name = `${topic} ${partition}`;
    const first = this.#sequences.get(name) ?? 0;
    // As Kafka counts on after the largest one.
    this.#sequences.set(name, (first + count) % 2 ** 31);
    return first;
  }

  /** One request to each leader. @throws when some are not stored, after all have answered */
  async #store(batches: readonly Batch[]): Promise<void> {
    const missing = batches.filter(({ records }) => !records[0]?.stored);
    const requests = await this.connection.use(async (cluster) => {
      await cluster.addMultipleTargetTopics([...new Set(missing.map(({ topic }) => topic))]);
      return Array.from(byLeader(cluster, missing));
    });
    const results = await Promise.allSettled(requests.map(([nodeId, own]) => this.#ask(nodeId, own)));
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    if (failures.length > 0) throw failures.find(isFinal) ?? failures[0];
  }

  async #ask(nodeId: string, batches: readonly Batch[]): Promise<void> {
    await this.connection.use(async (cluster) => {
      const answers = await ask(await cluster.findBroker({ nodeId }), produceRequest(batches, REPLICATION_MS));
      let refused: PartitionError | undefined;
      for (const { topic, partition, records } of batches) {
        const answer = answers.find((each) => each.topic === topic && each.partition === partition);
        if (answer && isStored(answer.errorCode)) for (const record of records) record.stored = true;
        else if (!isFinalRefusal(refused)) refused = new PartitionError(answer?.errorCode ?? UNKNOWN_SERVER_ERROR);
      }
      if (refused) throw refused;
    });
  }
}

/** Repeating it changes nothing. */
function isFinal(error: unknown): boolean {
  return error instanceof MessagingError || isFinalRefusal(error);
}

/** For a partition that a node left out of its answer. */
const UNKNOWN_SERVER_ERROR = -1;

function byLeader(cluster: Cluster, batches: readonly Batch[]): Map<string, Batch[]> {
  const leaders = new Map<string, Batch[]>();
  for (const batch of batches) {
    const [leader = ''] = Object.keys(cluster.findLeaderForPartitions(batch.topic, [batch.partition]));
    leaders.set(leader, [...(leaders.get(leader) ?? []), batch]);
  }
  return leaders;
}
