import type { Log } from '../base/log.ts';
import { pollFor } from '../base/sleep.ts';
import {
  type BrokerAdmin,
  type PartitionOffset,
  partitionKey,
  type TopicDescription,
  type TopicPartition,
} from './broker.ts';
import { createKafka, type KafkaAdmin, type KafkaSettings, topicResource } from './client.ts';
import type { TopicSpec } from './topics.ts';

type AdminConnection = { readonly admin: BrokerAdmin; readonly close: () => Promise<void> };

/** Opens one admin connection at the first request and shares it between all requests. */
export function createKafkaAdmin(settings: KafkaSettings, log: Log): AdminConnection {
  const kafka = createKafka(settings, log);
  let connection: Promise<KafkaAdmin> | null = null;

  async function connect(): Promise<KafkaAdmin> {
    const admin = kafka.admin();
    await admin.connect();
    return admin;
  }

  async function close(): Promise<void> {
    const closing = connection;
    connection = null;
    await closing?.then((admin) => admin.disconnect()).catch(() => {});
  }

  /**
   * A connection that was idle for long may be dead. A request that fails on an existing connection is
   * therefore retried once on a new one.
   */
  async function withAdmin<T>(ask: (admin: KafkaAdmin) => Promise<T>): Promise<T> {
    const isOld = connection !== null;
    connection ??= connect();
    try {
      return await ask(await connection);
    } catch (error) {
      await close();
      if (!isOld || !isConnectionError(error)) throw error;
      return withAdmin(ask);
    }
  }

  return { admin: toBrokerAdmin(withAdmin), close };
}

function isConnectionError(error: unknown): boolean {
  return error instanceof Error && /Connection|Broker|Timeout|Retries/.test(error.name);
}

type WithAdmin = <T>(ask: (admin: KafkaAdmin) => Promise<T>) => Promise<T>;

function toBrokerAdmin(withAdmin: WithAdmin): BrokerAdmin {
  const listTopics = () => withAdmin((admin) => admin.listTopics());
  return {
    listTopics,
    createTopics: async (specs) => {
      const present = new Set(await listTopics());
      const missing = specs.filter(({ name }) => !present.has(name));
      const topics = missing.map((spec) => ({
        topic: spec.name,
        numPartitions: spec.partitions,
        replicationFactor: spec.replicationFactor,
        configEntries: Object.entries(spec.config).map(([name, value]) => ({ name, value })),
      }));
      if (topics.length > 0) {
        // The client's own wait takes a broker that has not heard of a topic yet for a failure.
        await withAdmin((admin) => admin.createTopics({ topics, waitForLeaders: false }));
        for (const { name } of missing) await untilServed(withAdmin, name);
      }
      return missing.map(({ name }) => name);
    },
    deleteTopics: (names) => withAdmin((admin) => admin.deleteTopics({ topics: [...names] })),
    describeTopics: async (names) => {
      const present = new Set(await listTopics());
      const asked = names.filter((name) => present.has(name));
      return asked.length === 0 ? [] : withAdmin((admin) => describeTopics(admin, asked));
    },
    readBounds: (topic) =>
      withAdmin(async (admin) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          topic,
          partition,
          low: BigInt(low),
          high: BigInt(high),
        })),
      ),
    readCommitted: (group, topics) => withAdmin((admin) => readCommitted(admin, group, topics)),
    countMembers: (group) =>
      withAdmin(async (admin) => {
        const { groups } = await admin.describeGroups([group]);
        return groups.reduce((sum, { members }) => sum + members.length, 0);
      }),
    readOffsetsAt: (topic, atMs) =>
      withAdmin(async (admin) =>
        (await admin.fetchTopicOffsetsByTimestamp(topic, atMs)).map(({ partition, offset }) => ({
          topic,
          partition,
          offset: BigInt(offset),
        })),
      ),
    setCommitted: (group, offsets) =>
      withAdmin(async (admin) => {
        for (const topic of new Set(offsets.map((offset) => offset.topic))) {
          const ofTopic = offsets.filter((offset) => offset.topic === topic);
          const partitions = ofTopic.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
          await admin.setOffsets({ groupId: group, topic, partitions });
        }
      }),
    deleteGroup: (group) => withAdmin((admin) => deleteGroup(admin, group)),
    countLeaders: (partitions) => withAdmin((admin) => countLeaders(admin, partitions)),
  };
}

/**
 * A negative offset means that there is no commit: -1 if there never was one, -2 after kafkajs fell back to
 * the oldest record.
 */
async function readCommitted(
  admin: KafkaAdmin,
  group: string,
  topics: readonly string[],
): Promise<PartitionOffset[]> {
  const found = await admin.fetchOffsets({ groupId: group, topics: [...topics] });
  return found
    .flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset) })),
    )
    .filter(({ offset }) => offset >= 0n);
}

async function countLeaders(admin: KafkaAdmin, partitions: readonly TopicPartition[]): Promise<number> {
  const wanted = new Set(partitions.map(partitionKey));
  const { topics } = await admin.fetchTopicMetadata({
    topics: [...new Set(partitions.map(({ topic }) => topic))],
  });
  const leaders = topics.flatMap(({ name, partitions: ofTopic }) =>
    ofTopic.flatMap(({ partitionId, leader }) =>
      wanted.has(partitionKey({ topic: name, partition: partitionId })) ? [leader] : [],
    ),
  );
  return new Set(leaders).size;
}

async function deleteGroup(admin: KafkaAdmin, group: string): Promise<'deleted' | 'busy'> {
  try {
    await admin.deleteGroups([group]);
    return 'deleted';
  } catch (error) {
    const { groups = [] } = error as { readonly groups?: readonly { readonly error?: { type?: string } }[] };
    const types = groups.map((one) => one.error?.type);
    if (types.includes('GROUP_ID_NOT_FOUND')) return 'deleted';
    if (types.includes('NON_EMPTY_GROUP')) return 'busy';
    throw error;
  }
}

const notYet = ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE', 'NOT_LEADER_FOR_PARTITION'];

/** The controller says that a topic is made; the brokers hear of it a moment later. */
async function untilServed(withAdmin: WithAdmin, topic: string): Promise<void> {
  const isServed = await pollFor(
    () =>
      withAdmin((admin) => admin.fetchTopicOffsets(topic)).then(
        () => true,
        (error: { type?: string; cause?: { type?: string } }) => {
          if (!notYet.includes(error.type ?? error.cause?.type ?? '')) throw error;
          return null;
        },
      ),
    { everyMs: 50, timeoutMs: 30_000 },
  );
  if (isServed === null) throw new Error(`the topic ${topic} was made, but no broker serves it`);
}

async function describeTopics(admin: KafkaAdmin, names: readonly string[]): Promise<TopicDescription[]> {
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: [...names] }),
    admin.describeConfigs({
      includeSynonyms: false,
      resources: names.map((name) => ({ type: topicResource, name })),
    }),
  ]);
  return metadata.topics.map(({ name, partitions }) => {
    const entries = configs.resources.find((resource) => resource.resourceName === name)?.configEntries ?? [];
    return {
      name,
      partitions: partitions.length,
      replicationFactor: Math.max(0, ...partitions.map(({ replicas }) => replicas.length)),
      config: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue])),
    };
  });
}

/** A difference between a topic and the table. */
export type TopicDifference = {
  readonly topic: string;
  /** `exists`, `partitions`, `replicationFactor`, or the name of a setting. */
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
};

/** Creates the missing topics and returns their names. Existing topics are never changed. */
export function createTopics(admin: BrokerAdmin, table: readonly TopicSpec[]): Promise<string[]> {
  return admin.createTopics(table);
}

/** The differences between the cluster and the table; empty if there are none. */
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
