import {
  type BrokerAdmin,
  type ConsumerHandlers,
  type PartitionBounds,
  type PartitionOffset,
  partitionKey,
  type RetentionLoss,
  type TopicPartition,
} from './broker.ts';

export type StartingOffsets = {
  readonly offsets: readonly PartitionOffset[];
  /** Partitions whose next record is gone. */
  readonly losses: readonly RetentionLoss[];
};

/** Where reading begins: the flow's own wish, else the committed offset, else the oldest record. */
export async function readStartingOffsets({
  admin,
  group,
  partitions,
  generation,
  startAt,
}: {
  readonly admin: BrokerAdmin;
  readonly group: string;
  readonly partitions: readonly TopicPartition[];
  readonly generation: number;
  readonly startAt: ConsumerHandlers['startAt'];
}): Promise<StartingOffsets> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const [bounds, committed, wishes] = await Promise.all([
    Promise.all(topics.map((topic) => admin.readBounds(topic))),
    topics.length === 0 ? [] : admin.readCommitted(group, topics),
    Promise.all(partitions.map(async (at) => (await startAt?.(at, generation)) ?? null)),
  ]);
  const boundsAt = new Map(bounds.flat().map((entry) => [partitionKey(entry), entry]));
  const committedAt = new Map(committed.map((entry) => [partitionKey(entry), entry.offset]));
  const losses: RetentionLoss[] = [];
  const offsets = partitions.map(({ topic, partition }, index) => {
    const key = partitionKey({ topic, partition });
    const expected = wishes[index] ?? committedAt.get(key) ?? null;
    const offset = withinBounds(expected, boundsAt.get(key));
    if (expected !== null && offset !== expected) {
      losses.push({ group, topic, partition, expected, continuedAt: offset });
    }
    return { topic, partition, offset };
  });
  return { offsets, losses };
}

/** Beyond the end lies nothing: the topic was made anew, and everything in it is new to us. */
function withinBounds(expected: bigint | null, bounds: PartitionBounds | undefined): bigint {
  if (bounds === undefined) return expected ?? 0n;
  if (expected === null || expected < bounds.low || expected > bounds.high) return bounds.low;
  return expected;
}
