import type { TopicSpec } from './topics.ts';

/**
 * What the flows want of Kafka, and no more: `kafka-broker.ts` gives it with a real cluster, the tests' memory broker
 * without one. Both are held to the same contract suite.
 */
export type Broker = {
  createConsumer(options: ConsumerOptions): Consumer;
  createProducer(options?: ProducerOptions): Producer;
  readonly admin: BrokerAdmin;
  /** Ends what is still open. Consumers and producers are stopped by who made them. */
  close(): Promise<void>;
};

export type TopicPartition = { readonly topic: string; readonly partition: number };
/** An offset is always the next one to read. */
export type PartitionOffset = TopicPartition & { readonly offset: bigint };

export type ConsumerOptions = {
  readonly group: string;
  /** All must exist. */
  readonly topics: readonly string[];
  /** Records that were to be read are gone. To be shouted about; reading goes on with the oldest there is. */
  readonly onRetentionLoss?: (loss: RetentionLoss) => void;
};

export type RetentionLoss = TopicPartition & {
  readonly group: string;
  /** Where reading should have gone on. */
  readonly expected: bigint;
  /** Where it does. Below `expected` when the log itself went back (a topic made anew). */
  readonly continuedAt: bigint;
};

/** What a member of a group was given. Everything given before is lost at that moment. */
export type Assignment = {
  /** The group's own count: grows with every rebalance, in all processes alike. A fence. */
  readonly generation: number;
  /** With the offset where reading begins. */
  readonly partitions: readonly PartitionOffset[];
};

export type RecordBatch = TopicPartition & {
  readonly generation: number;
  /** In order of offsets, which may have gaps. */
  readonly records: readonly ConsumedRecord[];
  /** The offset of the next record to be written, when this was read. */
  readonly highWatermark: bigint;
};

export type ConsumerHandlers = {
  /** Where to begin with a partition; null or absent: the committed offset, else the oldest record. */
  readonly startAt?: (partition: TopicPartition, generation: number) => Promise<bigint | null>;
  /** Comes before the first batch of its generation. */
  readonly onAssigned: (assignment: Assignment) => void;
  /** The present assignment ends: a last chance to commit what is finished. The next assignment follows. */
  readonly onRevoked?: () => void;
  /** Must return at once: the next fetch, and with it the heartbeat, waits for it. */
  readonly onBatch: (batch: RecordBatch) => void;
};

export type Consumer = {
  /** Joins the group and reads until `stop`. Rejects when it cannot go on; then a new consumer is needed. Once only. */
  run(handlers: ConsumerHandlers): Promise<void>;
  /** A paused partition stays held. Ends with the next assignment. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /**
   * Commits offsets of work of one generation. `fenced`: that generation has ended or a partition was not held, and
   * for those nothing was committed. Rejects when the broker cannot be asked.
   */
  commit(generation: number, offsets: readonly PartitionOffset[]): Promise<'committed' | 'fenced'>;
  /** Leaves the group. Never rejects. */
  stop(): Promise<void>;
};

export type OutgoingRecord = {
  readonly topic: string;
  /** Null only with an explicit partition. */
  readonly key: Buffer | null;
  /** Null = tombstone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
};
export type PublishedAt = TopicPartition & {
  /** Null when the broker knew the record already (a repeat after a lost acknowledgement) and did not say where. */
  readonly offset: bigint | null;
};

export type ProducerOptions = { readonly compression?: 'none' | 'gzip' | 'zstd' };

/** Sends one batch after the other. */
export type Producer = {
  /** All acknowledged by all in-sync replicas, in the order given; or rejects: then any of them may be stored. */
  send(records: readonly OutgoingRecord[]): Promise<PublishedAt[]>;
  close(): Promise<void>;
};

export type TopicDescription = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
};
/** `low`: the oldest record there is. `high`: the next to be written. */
export type PartitionBounds = TopicPartition & { readonly low: bigint; readonly high: bigint };

export type BrokerAdmin = {
  listTopics(): Promise<string[]>;
  /** Leaves alone what is there. Gives the names it made. */
  createTopics(specs: readonly TopicSpec[]): Promise<string[]>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Topics that do not exist are left out. */
  describeTopics(names: readonly string[]): Promise<TopicDescription[]>;
  readBounds(topic: string): Promise<PartitionBounds[]>;
  /** Committed offsets of a group; partitions without one are left out. */
  readCommitted(group: string, topics: readonly string[]): Promise<PartitionOffset[]>;
  /** How many members a group has; 0 also when nobody ever joined it. */
  countMembers(group: string): Promise<number>;
  /** The first record at or after a time; the end of the partition when there is none. */
  readOffsetsAt(topic: string, atMs: number): Promise<PartitionOffset[]>;
  /** Sets a group's offsets. The group must have no members. */
  setCommitted(group: string, offsets: readonly PartitionOffset[]): Promise<void>;
};

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A Kafka record as consumers hand it on. */
export type ConsumedRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null = tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
};
