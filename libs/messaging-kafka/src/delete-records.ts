import type { Admin, SeekEntry } from 'kafkajs';

/** Deletes what is in the partitions of a topic before these offsets. */
export async function deleteBefore(admin: Admin, topic: string, offsets: ReadonlyMap<number, number>): Promise<void> {
  const partitions: SeekEntry[] = Array.from(offsets, ([partition, offset]) => ({ partition, offset: String(offset) }));
  // Without this, kafkajs does not know the partitions' leaders, and fails.
  await admin.fetchTopicOffsets(topic);
  await admin.deleteTopicRecords({ topic, partitions });
}
