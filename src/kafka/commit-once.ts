import type { PartitionOffset } from './broker.ts';
import type { EachBatchPayload } from './client.ts';

/** What the broker answers to a member that is no longer one, or not of this generation. */
const fencedTypes = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** One attempt: the client's own repeating commit could land in the next generation. */
export async function commitOnce(
  commit: EachBatchPayload['commitOffsetsIfNecessary'],
  offsets: readonly PartitionOffset[],
): Promise<'committed' | 'fenced'> {
  const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
  const topics = [...byTopic].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) })),
  }));
  try {
    await commit({ topics });
    return 'committed';
  } catch (error) {
    if (error instanceof Error && 'type' in error && fencedTypes.has(String(error.type))) return 'fenced';
    throw error;
  }
}
