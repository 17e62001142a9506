import type { Cluster } from 'kafkajs';
import type { KafkaNode } from './kafka-connection.js';

export interface CommittedOffset {
  readonly offset: number;
  readonly metadata: string;
}

export type OffsetRange = 'earliest' | 'latest';

/** The first or the next offset of every partition, by topic. */
export async function offsetsOf(
  cluster: Cluster,
  topics: readonly string[],
  which: OffsetRange,
): Promise<Map<string, number[]>> {
  const asked = topics.map((topic) => ({
    topic,
    partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId })),
    fromBeginning: which === 'earliest',
  }));
  const answers = await cluster.fetchTopicsOffset(asked);
  return new Map(
    answers.map(({ topic, partitions }) => {
      const offsets: number[] = [];
      for (const { partition, offset } of partitions) offsets[partition] = Number(offset);
      return [topic, offsets];
    }),
  );
}

/** What a group has committed for the partitions of a topic; undefined where nothing yet. */
export async function committedOffsets(
  coordinator: KafkaNode,
  groupId: string,
  partitionsByTopic: ReadonlyMap<string, readonly number[]>,
): Promise<Map<string, (CommittedOffset | undefined)[]>> {
  const topics = Array.from(partitionsByTopic, ([topic, partitions]) => ({
    topic,
    // The offset is of no use in this request, but in the types.
    partitions: partitions.map((partition) => ({ partition, offset: '' })),
  }));
  const { responses } = await coordinator.offsetFetch({ groupId, topics });
  return new Map(
    responses.map(({ topic, partitions }) => {
      const committed: (CommittedOffset | undefined)[] = [];
      for (const entry of partitions) {
        const { partition, offset, metadata } = entry as typeof entry & { metadata: string | null };
        committed[partition] = Number(offset) < 0 ? undefined : { offset: Number(offset), metadata: metadata ?? '' };
      }
      return [topic, committed];
    }),
  );
}
