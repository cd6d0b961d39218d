import { topicNames } from './topics.ts';

/** A topic as it must be. Settings are the broker's own names. */
export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
};

export type TopicTableOptions = {
  readonly prefix: string;
  /** Fixed at creation: later a key would move to another partition. */
  readonly partitions: number;
  readonly replicationFactor: number;
};

const dayMs = 24 * 60 * 60 * 1000;

/** The latest value of each key stays. What is younger than a week stays whole, so that no change is hidden (D-3). */
const compacted = {
  'cleanup.policy': 'compact',
  'min.compaction.lag.ms': String(7 * dayMs),
  'delete.retention.ms': String(30 * dayMs),
};

function deletedAfter(days: number): Readonly<Record<string, string>> {
  return { 'cleanup.policy': 'delete', 'retention.ms': String(days * dayMs) };
}

/** Every topic there must be: made by `topics create`, never by a broker on its own. */
export function topicTable({ prefix, partitions, replicationFactor }: TopicTableOptions): TopicSpec[] {
  const names = topicNames(prefix);
  const durable = replicationFactor >= 3 ? { 'min.insync.replicas': '2' } : {};
  const toSpec = (config: Readonly<Record<string, string>>, partitionCount: number) => (name: string) => ({
    name,
    partitions: partitionCount,
    replicationFactor,
    config: { ...config, ...durable },
  });
  return [
    ...Object.values(names.pics).map(toSpec(compacted, partitions)),
    ...[names.request].map(toSpec(deletedAfter(30), partitions)),
    // One partition each: a few rows, and signals must keep their order.
    ...[names.heartbeat, names.signal, names.connectorHeartbeat].map(toSpec(deletedAfter(1), 1)),
    ...Object.values(names.onefile).map(toSpec(compacted, partitions)),
    ...[names.link].map(toSpec(compacted, partitions)),
    ...[names.requestResult].map(toSpec(deletedAfter(30), partitions)),
    ...[names.deadLetter].map(toSpec(deletedAfter(90), partitions)),
  ];
}
