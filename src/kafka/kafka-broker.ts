import { Fault } from '../base/fault.ts';
import type { Log } from '../base/log.ts';
import { createKafkaAdmin } from './admin.ts';
import {
  type Broker,
  type BrokerAdmin,
  type ConsumedRecord,
  type Consumer,
  type ConsumerHandlers,
  type ConsumerOptions,
  type PartitionBounds,
  type PartitionOffset,
  partitionKey,
  type RetentionLoss,
  type TopicPartition,
} from './broker.ts';
import {
  createClientTap,
  createKafka,
  type EachBatchPayload,
  type KafkaConsumer,
  type KafkaMessage,
  type KafkaSettings,
  withDefaults,
} from './client.ts';
import { commitOnce } from './consume.ts';
import { Holding } from './partition-work.ts';
import { createKafkaProducer } from './producer.ts';

/** Implements `Broker` with a real cluster. It connects at the first request. */
export function createKafkaBroker({ log, ...settings }: KafkaSettings & { readonly log: Log }): Broker {
  const { admin, close } = createKafkaAdmin(settings, log);
  return {
    admin,
    createConsumer: (options) => createKafkaConsumer({ settings, options, admin, log }),
    createProducer: (options) => createKafkaProducer(settings, log, options),
    close,
  };
}

type GroupMember = {
  readonly settings: KafkaSettings;
  readonly options: ConsumerOptions;
  readonly admin: BrokerAdmin;
  readonly log: Log;
};

/**
 * How long leaving the group may take. After that we disconnect without leaving, and the broker notices it
 * by the session timeout.
 */
const leaveTimeoutMs = 10_000;

/**
 * A member of a consumer group, made safe against four gaps in kafkajs: it does not report that partitions
 * were revoked, it starts at the committed offset only, it does not check commits against the assignment,
 * and it does not restart after a crash.
 *
 * How it works: when the group is joined, all partitions are paused while the starting offsets are read.
 * Then the client seeks to them, the partitions resume and `onAssigned` is called. A `Holding` records the
 * generation and its partitions; batches and commits of an earlier generation are dropped. A rebalance
 * calls `onRevoked` while the broker still accepts commits. A crash ends `run`, so that a supervisor
 * creates a new consumer.
 */
function createKafkaConsumer({ settings, options, admin, log }: GroupMember): Consumer {
  const { group, topics } = options;
  const tap = createClientTap();
  const consumer = createClient(settings, options, createKafka(settings, log, tap.see));
  const end = Promise.withResolvers<void>();
  let holding: Holding | null = null;
  let started: Promise<void> = Promise.resolve();
  let committer: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  const silence = new Silence();
  /** By the flow, in this assignment. */
  const paused = new Set<string>();

  async function begin(mine: Holding, handlers: ConsumerHandlers): Promise<void> {
    const { generation, partitions } = mine;
    const { startAt } = handlers;
    const { offsets, losses } = await readStartingOffsets({ admin, group, partitions, generation, startAt });
    if (holding !== mine) return;
    for (const loss of losses) await options.onRetentionLoss?.(loss);
    if (holding !== mine) return;
    for (const { topic, partition, offset } of offsets) {
      consumer.seek({ topic, partition, offset: String(offset) });
    }
    mine.begin(offsets);
    paused.clear();
    silence.end();
    consumer.resume(toTopicPartitions(partitions));
    handlers.onAssigned({ generation, partitions: offsets });
  }

  /** Until the next join begins, the broker still accepts commits of this generation. */
  function revoke(handlers: ConsumerHandlers): void {
    if (holding === null || holding.isOver) return;
    holding.isOver = true;
    handlers.onRevoked?.();
  }

  function onJoined(assigned: Readonly<Record<string, readonly number[]>>, handlers: ConsumerHandlers): void {
    const generation = tap.takeGeneration();
    if (generation === null) {
      end.reject(new Error('the Kafka client did not report its generation'));
      return;
    }
    const partitions = Object.entries(assigned).flatMap(([topic, ids]) =>
      ids.map((partition) => ({ topic, partition })),
    );
    const mine = new Holding(generation, partitions);
    revoke(handlers);
    holding = mine;
    consumer.pause(toTopicPartitions(partitions));
    // A failure for an earlier generation is ignored.
    begin(mine, handlers).catch((error) => holding === mine && end.reject(error));
  }

  function onBatch(payload: EachBatchPayload, handlers: ConsumerHandlers): void {
    const { batch, resolveOffset, isStale, commitOffsetsIfNecessary } = payload;
    committer = commitOffsetsIfNecessary;
    if (holding === null || holding.isOver || isStale()) return;
    const { topic, partition, messages } = batch;
    const outOfRange = tap.takeOutOfRange(batch);
    const taken = holding.take(batch, outOfRange);
    if (taken.kind === 'stale') return;
    if (taken.kind === 'elsewhere') {
      consumer.seek({ topic, partition, offset: String(taken.expected) });
      return;
    }
    if (taken.kind === 'reset') {
      const { expected, continuedAt } = taken;
      const noted = options.onRetentionLoss?.({ group, topic, partition, expected, continuedAt });
      noted?.catch((error) => end.reject(error));
      // Within one assignment the same offsets would come a second time. A new consumer starts cleanly.
      if (continuedAt < expected) {
        end.reject(new Error(`the log of ${topic}/${partition} was reset to a lower offset`));
        return;
      }
    }
    const records = messages.map((message) => toConsumedRecord(batch, message));
    // This moves only the position of the next fetch. We make the commits ourselves, and only for finished
    // work.
    resolveOffset(batch.lastOffset());
    const { generation } = holding;
    handlers.onBatch({ topic, partition, generation, records, highWatermark: BigInt(batch.highWatermark) });
  }

  /** Calls `onDrained` when all brokers that lead partitions which are not paused have had nothing. */
  function watchForSilence(onDrained: () => void): void {
    // Also of a batch that has offsets but no records, and is not handed on.
    consumer.on(consumer.events.START_BATCH_PROCESS, () => silence.end());
    let isAsking = false;
    tap.onFetched = (broker) => {
      silence.hear(broker);
      if (isAsking || silence.brokerCount === 0) return;
      isAsking = true;
      const since = silence.count;
      const asked = (holding?.partitions ?? []).filter((at) => !paused.has(partitionKey(at)));
      admin
        .countLeaders(asked)
        .then((leaders) => {
          const isSilent = silence.count === since && silence.brokerCount >= leaders;
          if (isSilent && holding?.isOver === false) onDrained();
        })
        .catch(() => {}) // The brokers do not answer: then nothing is known. The next fetch asks again.
        .finally(() => {
          isAsking = false;
        });
    };
  }

  async function start(handlers: ConsumerHandlers): Promise<void> {
    await requireTopics(admin, topics);
    const { GROUP_JOIN, REBALANCING, CRASH } = consumer.events;
    consumer.on(GROUP_JOIN, ({ payload }) => onJoined(payload.memberAssignment, handlers));
    consumer.on(REBALANCING, () => revoke(handlers));
    consumer.on(CRASH, ({ payload }) => end.reject(payload.error));
    if (handlers.onDrained !== undefined) watchForSilence(handlers.onDrained);
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => onBatch(payload, handlers),
    });
  }

  /**
   * Waits for a start in progress first: a member that joined after it had left would keep its partitions
   * without reading them.
   */
  async function leave(): Promise<void> {
    holding = null;
    const left = started.catch(() => {}).then(() => consumer.disconnect());
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, leaveTimeoutMs).unref());
    await Promise.race([left.catch(() => {}), timeout]);
  }

  return {
    async run(handlers) {
      started = start(handlers);
      try {
        await Promise.race([started.then(() => end.promise), end.promise]);
      } finally {
        await leave();
      }
    },
    pause: (partitions) => {
      const mine = holding?.only(partitions) ?? [];
      for (const at of mine) paused.add(partitionKey(at));
      consumer.pause(toTopicPartitions(mine));
    },
    resume: (partitions) => {
      const mine = holding?.only(partitions) ?? [];
      for (const at of mine) paused.delete(partitionKey(at));
      silence.end();
      consumer.resume(toTopicPartitions(mine));
    },
    async commit(generation, offsets) {
      if (holding === null || committer === null || holding.generation !== generation) return 'fenced';
      const mine = holding.only(offsets);
      if (mine.length > 0) {
        const outcome = await commitOnce(committer, mine);
        if (outcome === 'fenced') return 'fenced';
      }
      return mine.length === offsets.length ? 'committed' : 'fenced';
    },
    async stop() {
      end.resolve();
      await leave();
    },
  };
}

/**
 * Counts the answers of each broker that brought nothing, since something was last delivered, resumed, or went wrong.
 *
 * The client asks a broker again when it has handed on what the last answer had. Of three answers in a row within one
 * silence the second was asked for within it, and had nothing: it was handed on, empty, before the third was asked for.
 */
class Silence {
  #count = 0;
  #answers = new Map<string, number>();

  /** Something was delivered, or more is asked for than before: all counting begins again. */
  end(): void {
    this.#count += 1;
    this.#answers.clear();
  }

  /** A broker has answered; null: one did not, or its answer could not be used. */
  hear(broker: string | null): void {
    if (broker === null) this.end();
    else this.#answers.set(broker, (this.#answers.get(broker) ?? 0) + 1);
  }

  /** Which silence it is. */
  get count(): number {
    return this.#count;
  }

  /** Brokers that had nothing to give in this silence. */
  get brokerCount(): number {
    return this.#answers
      .values()
      .filter((answers) => answers >= 3)
      .reduce((sum) => sum + 1, 0);
  }
}

function createClient(
  settings: KafkaSettings,
  { group }: ConsumerOptions,
  kafka: ReturnType<typeof createKafka>,
): KafkaConsumer {
  const times = withDefaults(settings);
  return kafka.consumer({
    groupId: group,
    sessionTimeout: times.sessionTimeoutMs,
    heartbeatInterval: times.heartbeatIntervalMs,
    rebalanceTimeout: times.rebalanceTimeoutMs,
    maxWaitTimeInMs: times.maxWaitTimeMs,
    maxBytesPerPartition: times.maxBytesPerPartition,
    minBytes: 1,
    allowAutoTopicCreation: false,
    retry: {
      retries: times.retries,
      initialRetryTime: 100,
      maxRetryTime: 5_000,
      restartOnFailure: async () => false,
    },
  });
}

async function requireTopics(admin: BrokerAdmin, topics: readonly string[]): Promise<void> {
  const present = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !present.has(topic));
  if (missing.length === 0) return;
  throw new Fault(`topics are missing: ${missing.join(', ')}. Create them with: pics-sync topics create`);
}

function toTopicPartitions(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
  return [...byTopic].map(([topic, ofTopic]) => ({
    topic,
    partitions: ofTopic.map(({ partition }) => partition),
  }));
}

type StartingOffsets = {
  readonly offsets: readonly PartitionOffset[];
  /** Partitions whose next record no longer exists. */
  readonly losses: readonly RetentionLoss[];
};

/**
 * Reads where each partition starts.
 *
 * A flow that keeps its own place (`startAt`) starts there, or at the oldest record if it has none yet: the group's
 * committed offset says what was done to a database that may be gone (doing it once more is harmless). Other
 * flows start at the committed offset, or else at the oldest record.
 */
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
    const expected = startAt === undefined ? (committedAt.get(key) ?? null) : (wishes[index] ?? null);
    const offset = withinBounds(expected, boundsAt.get(key));
    if (expected !== null && offset !== expected) {
      losses.push({ group, topic, partition, expected, continuedAt: offset });
    }
    return { topic, partition, offset };
  });
  return { offsets, losses };
}

/**
 * An offset beyond the end means that the topic was deleted and created again, so every record in it is
 * new.
 */
function withinBounds(expected: bigint | null, bounds: PartitionBounds | undefined): bigint {
  if (bounds === undefined) return expected ?? 0n;
  if (expected === null || expected < bounds.low || expected > bounds.high) return bounds.low;
  return expected;
}

const noHeaders: Readonly<Record<string, string>> = {};

function toConsumedRecord({ topic, partition }: TopicPartition, message: KafkaMessage): ConsumedRecord {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function toHeaders(headers: KafkaMessage['headers']): Readonly<Record<string, string>> {
  if (headers === undefined) return noHeaders;
  const entries = Object.entries(headers);
  if (entries.length === 0) return noHeaders;
  return Object.fromEntries(entries.map(([name, value]) => [name, toText(value)]));
}

/** If a header occurs several times, the last one counts. */
function toText(value: Buffer | string | (Buffer | string)[] | undefined): string {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? '' : last.toString('utf8');
}
