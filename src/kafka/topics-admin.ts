import type { TopicSpec } from '../contract/topic-table.ts';
import type { BrokerAdmin, TopicDescription } from './broker.ts';

/** A topic that is not as the table says. */
export type TopicDifference = {
  readonly topic: string;
  /** `exists`, `partitions`, `replicationFactor`, or the name of a setting. */
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
};

/** Makes the topics that do not exist and gives their names. What exists is never changed. */
export function createTopics(admin: BrokerAdmin, table: readonly TopicSpec[]): Promise<string[]> {
  return admin.createTopics(table);
}

/** Where the cluster and the table differ; empty when all is as it should be. */
export async function checkTopics(
  admin: BrokerAdmin,
  table: readonly TopicSpec[],
): Promise<TopicDifference[]> {
  const found = await admin.describeTopics(table.map(({ name }) => name));
  const byName = new Map(found.map((topic) => [topic.name, topic]));
  return table.flatMap((spec) => compareTopic(spec, byName.get(spec.name)));
}

function compareTopic(spec: TopicSpec, found: TopicDescription | undefined): TopicDifference[] {
  const topic = spec.name;
  if (found === undefined) return [{ topic, what: 'exists', wanted: 'yes', found: 'no' }];
  const pairs = [
    ['partitions', String(spec.partitions), String(found.partitions)],
    ['replicationFactor', String(spec.replicationFactor), String(found.replicationFactor)],
    ...Object.entries(spec.config).map(([name, wanted]) => [name, wanted, found.config[name] ?? 'unset']),
  ] as const;
  return pairs
    .filter(([, wanted, actual]) => wanted !== actual)
    .map(([what = '', wanted = '', actual = '']) => ({ topic, what, wanted, found: actual }));
}
