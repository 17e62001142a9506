import {
  compileFilter,
  subscriptionQueueName,
  type SubscriptionDeclaration,
  type Topology,
} from '@looseleaf/messaging';
import type { Admin } from 'kafkajs';
import { isDeepStrictEqual } from 'node:util';
import { channelOf, checkName } from '../channels.js';
import type { KafkaConnection } from '../kafka-connection.js';
import { errorType } from '../kafka-errors.js';
import { committedOffsets, offsetsOf } from '../kafka-offsets.js';
import { learnTopics } from '../learn-topics.js';
import type { OutgoingRecord } from '../sending/encode.js';
import { untilAvailable } from '../time-limit.js';
import { CHANGE_HEADER, DECLARATIONS_TOPIC, type Declaration, type Declarations } from './declarations.js';
import { createTopics, type TopicOptions } from './topics.js';

export interface ProvisioningParts {
  readonly admin: Admin;
  readonly connection: KafkaConnection;
  readonly declarations: Declarations;
  readonly options: TopicOptions;
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

const DEFAULT_MAX_RECEIVE_COUNT = 5;
const DEFAULT_RETENTION_MS = 4 * 24 * 3_600_000;
const ANNOUNCE_TIMEOUT_MS = 20_000;

/** Creates what a topology needs in Kafka; safe to repeat, and to run from several processes. */
export async function provision(topology: Topology, parts: ProvisioningParts): Promise<void> {
  await createTopics(topology, parts.admin, parts.options);
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
  // Not left to a repetition of the whole: that would find nothing changed.
  for (const topic of touched) await untilAvailable(() => announceChange(topic, parts), ANNOUNCE_TIMEOUT_MS);
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
    await learnTopics(cluster, [topic]);
    return (await offsetsOf(cluster, [topic], 'latest')).get(topic) ?? [];
  });
}

function record(topic: string, key: string | null, value: string): OutgoingRecord {
  return { topic, key, value, bytes: Buffer.byteLength(value) };
}
