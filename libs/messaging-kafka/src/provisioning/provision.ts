import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  compileFilter,
  MessagingConfigurationError,
  subscriptionQueueName,
  type SubscriptionDeclaration,
  type Topology,
} from '@looseleaf/messaging';
import type { Admin, ITopicConfig } from 'kafkajs';
import { channelOf, checkName } from '../channels.js';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';
import { committedOffsets, offsetsOf } from '../kafka-offsets.js';
import type { OutgoingRecord } from '../sending/encode.js';
import { CHANGE_HEADER, DECLARATIONS_TOPIC, type Declaration, type Declarations } from './declarations.js';

export interface TopicOptions {
  /** Consumers of a queue that can work at the same time. Only ever added to. Default 6. */
  readonly partitions?: number;
  /** Default: the cluster's own. */
  readonly replicationFactor?: number;
  /** Of new topics. Default: the cluster's own. */
  readonly minInSyncReplicas?: number;
}

export interface ProvisioningParts {
  readonly admin: Admin;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly options: TopicOptions;
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

const DEFAULT_PARTITIONS = 6;
const DEFAULT_MAX_RECEIVE_COUNT = 5;
const DEFAULT_RETENTION_MS = 4 * 24 * 3_600_000;
/** A request's records for one partition are one unit for Kafka: the sender's largest batch must fit. */
const MAX_RECORD_BATCH_BYTES = 8 * 1024 * 1024;

/** Creates what a topology needs in Kafka; safe to repeat, and to run from several processes. */
export async function provision(topology: Topology, parts: ProvisioningParts): Promise<void> {
  await createTopics(topology, parts);
  await parts.declarations.refresh();
  for (const subscription of topology.subscriptions) await startSubscription(subscription, parts);
  const changed: Declaration[] = [];
  const touched = new Set<string>();
  for (const { name, maxReceiveCount, retentionMs } of topology.queues) {
    const declaration = withDefaults(name, maxReceiveCount, retentionMs);
    if (!isDeepStrictEqual(parts.declarations.get(name), declaration)) changed.push(declaration);
  }
  for (const subscription of topology.subscriptions) {
    const declaration = await declarationOf(subscription, parts);
    const before = parts.declarations.get(declaration.queue);
    if (isDeepStrictEqual(before, declaration)) continue;
    changed.push(declaration);
    if (before) touched.add(subscription.topic);
  }
  if (changed.length === 0) return;
  await parts.write(
    changed.map((declaration) => record(DECLARATIONS_TOPIC, declaration.queue, JSON.stringify(declaration))),
  );
  await parts.declarations.refresh();
  for (const topic of touched) await announceChange(topic, parts);
}

/** @throws MessagingConfigurationError, TypeError for a filter of no known form */
export function checkTopology({ queues, topics, subscriptions }: Topology): void {
  for (const name of [...queues.map((queue) => queue.name), ...topics]) checkName(name);
  for (const { topic, name, filter } of subscriptions) {
    checkName(topic);
    checkName(name);
    compileFilter(filter);
  }
}

async function createTopics({ queues, topics, subscriptions }: Topology, parts: ProvisioningParts): Promise<void> {
  const { admin, options } = parts;
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

/**
 * A new subscription begins at what is published from now on. The ends are read before the commits are: should another
 * process declare it meanwhile, its events come after them all the same.
 */
async function startSubscription({ topic, name }: SubscriptionDeclaration, parts: ProvisioningParts): Promise<void> {
  const group = channelOf(subscriptionQueueName(topic, name)).group;
  if (parts.declarations.get(group)) return;
  const ends = await endsOf(topic, parts);
  const coordinator = await parts.connection.coordinator(group);
  const committed = await committedOffsets(coordinator, group, new Map([[topic, [...ends.keys()]]]));
  if (committed.get(topic)?.some((each) => each !== undefined)) return;
  const partitions = ends.map((offset, partition) => ({ partition, offset: String(offset), metadata: '' }));
  try {
    await coordinator.offsetCommit({
      groupId: group,
      groupGenerationId: -1,
      memberId: '',
      topics: [{ topic, partitions }],
    });
  } catch (error) {
    // The group has members already: it was declared by another process, and has begun.
    if (errorType(error) !== 'UNKNOWN_MEMBER_ID') throw error;
  }
}

async function declarationOf(
  { topic, name, filter, maxReceiveCount, retentionMs }: SubscriptionDeclaration,
  parts: ProvisioningParts,
): Promise<Declaration> {
  const queue = subscriptionQueueName(topic, name);
  const before = parts.declarations.get(queue)?.filters ?? [];
  const own = withDefaults(queue, maxReceiveCount, retentionMs);
  const last = before.at(-1);
  const plain = filter && (JSON.parse(JSON.stringify(filter)) as typeof filter);
  if (last && isDeepStrictEqual(last.filter, plain)) return { ...own, filters: before };
  // The first filter applies from the beginning.
  const since = last ? await endsOf(topic, parts) : [];
  return { ...own, filters: [...before, { since, ...(plain && { filter: plain }) }] };
}

function withDefaults(queue: string, maxReceiveCount?: number, retentionMs?: number): Declaration {
  return {
    queue,
    maxReceiveCount: maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
    retentionMs: retentionMs ?? DEFAULT_RETENTION_MS,
  };
}

/** In every partition, so that no consumer passes by without having seen the new declaration. */
async function announceChange(topic: string, parts: ProvisioningParts): Promise<void> {
  const ends = await endsOf(topic, parts);
  await parts.write(
    ends.map((_, partition) => ({ ...record(topic, null, ''), partition, headers: { [CHANGE_HEADER]: '1' } })),
  );
}

async function endsOf(topic: string, { connection }: ProvisioningParts): Promise<number[]> {
  return connection.use(async (cluster) => {
    await cluster.addTargetTopic(topic);
    return (await offsetsOf(cluster, [topic], 'latest')).get(topic) ?? [];
  });
}

function record(topic: string, key: string | null, value: string): OutgoingRecord {
  return { topic, key, value, bytes: Buffer.byteLength(value) };
}
