import { MessagingConfigurationError, subscriptionQueueName, type Topology } from '@looseleaf/messaging';
import type { Admin, ITopicConfig } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { channelOf } from '../channels.js';
import { DECLARATIONS_TOPIC } from './declarations.js';

export interface TopicOptions {
  /** Consumers of a queue that can work at the same time. Only ever added to. Default 6. */
  readonly partitions?: number;
  /** Default: the cluster's own. */
  readonly replicationFactor?: number;
  /** Of new topics. Default: the cluster's own. */
  readonly minInSyncReplicas?: number;
}

const DEFAULT_PARTITIONS = 6;
/** A request's records for one partition are one unit for Kafka: the sender's largest batch must fit. */
const MAX_RECORD_BATCH_BYTES = 8 * 1024 * 1024;

/** Creates the topics that are missing, and the partitions. */
export async function createTopics(
  { queues, topics, subscriptions }: Topology,
  admin: Admin,
  options: TopicOptions,
): Promise<void> {
  const existing = new Set(await admin.listTopics());
  for (const { topic } of subscriptions) {
    if (!existing.has(topic) && !topics.includes(topic)) {
      throw new MessagingConfigurationError(`topic ${topic} is not declared`);
    }
  }
  const channels = [
    ...queues.map(({ name }) => channelOf(name)),
    ...subscriptions.map(({ topic, name }) => channelOf(subscriptionQueueName(topic, name))),
  ];
  const spread = new Set([...topics, ...channels.flatMap((channel) => channel.topics)]);
  const partitions = options.partitions ?? DEFAULT_PARTITIONS;
  const wanted: ITopicConfig[] = [
    { ...topicConfig(DECLARATIONS_TOPIC, options), numPartitions: 1, configEntries: COMPACTED },
    ...[...spread].map((topic) => ({ ...topicConfig(topic, options), numPartitions: partitions })),
    // One partition: dead letters stay in their order.
    ...channels.map(({ deadLetters }) => ({ ...topicConfig(deadLetters, options), numPartitions: 1 })),
  ];
  const missing = wanted.filter(({ topic }) => !existing.has(topic));
  if (missing.length > 0) await create(admin, missing);
  await addPartitions(
    admin,
    [...spread].filter((topic) => existing.has(topic)),
    partitions,
  );
}

const COMPACTED = [{ name: 'cleanup.policy', value: 'compact' }];

/** Kafka deletes nothing by itself, neither by age nor by size: what is done is deleted by those who know, see clean-up. */
function topicConfig(topic: string, { replicationFactor, minInSyncReplicas }: TopicOptions): ITopicConfig {
  return {
    topic,
    ...(replicationFactor !== undefined && { replicationFactor }),
    configEntries: [
      { name: 'cleanup.policy', value: 'delete' },
      { name: 'retention.ms', value: '-1' },
      { name: 'retention.bytes', value: '-1' },
      { name: 'max.message.bytes', value: String(MAX_RECORD_BATCH_BYTES) },
      ...(minInSyncReplicas !== undefined ? [{ name: 'min.insync.replicas', value: String(minInSyncReplicas) }] : []),
    ],
  };
}

const CREATE_ATTEMPTS = 5;
const CREATE_PAUSE_MS = 200;

async function create(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  for (let attempt = 1, missing = topics; ; attempt += 1) {
    try {
      await admin.createTopics({ topics: missing, waitForLeaders: true });
      return;
    } catch (error) {
      // Another process may have created some of them meanwhile.
      const existing = new Set(await admin.listTopics());
      missing = missing.filter(({ topic }) => !existing.has(topic));
      if (missing.length === 0) return;
      if (attempt === CREATE_ATTEMPTS) throw error;
      await sleep(CREATE_PAUSE_MS);
    }
  }
}

async function addPartitions(admin: Admin, topics: readonly string[], count: number): Promise<void> {
  if (topics.length === 0) return;
  const { topics: described } = await admin.fetchTopicMetadata({ topics: [...topics] });
  const fewer = described.filter(({ partitions }) => partitions.length < count).map(({ name }) => name);
  if (fewer.length === 0) return;
  await admin.createPartitions({ topicPartitions: fewer.map((topic) => ({ topic, count })) });
}
