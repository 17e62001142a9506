import type { Cluster } from 'kafkajs';

/**
 * Has kafkajs learn the partitions and leaders of topics. Its own `addMultipleTargetTopics` may be content with an answer that others
 * were waiting for already, in which these topics are not.
 * @throws what kafkajs throws, such as UNKNOWN_TOPIC_OR_PARTITION
 */
export async function learnTopics(cluster: Cluster, topics: readonly string[]): Promise<void> {
  const isUnknown = (topic: string): boolean => cluster.findTopicPartitionMetadata(topic).length === 0;
  for (;;) {
    await cluster.addMultipleTargetTopics([...topics]);
    if (!topics.some(isUnknown)) return;
    await cluster.refreshMetadata();
  }
}
