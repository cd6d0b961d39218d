import type { TopicSpec } from './topics.ts';

/**
 * The interface through which the rest of pics-sync uses Kafka. `kafka-broker.ts` implements it with a real
 * cluster; the memory broker of the tests implements it without one. Both must pass the same contract
 * suite.
 */
export type Broker = {
  createConsumer(options: ConsumerOptions): Consumer;
  createProducer(options?: ProducerOptions): Producer;
  readonly admin: BrokerAdmin;
  /** Closes the shared admin connection. The caller that created a consumer or a producer stops it. */
  close(): Promise<void>;
};

export type TopicPartition = { readonly topic: string; readonly partition: number };
/** An offset is always the next one to read. */
export type PartitionOffset = TopicPartition & { readonly offset: bigint };

export type ConsumerOptions = {
  readonly group: string;
  /** Every topic must exist. */
  readonly topics: readonly string[];
  /**
   * Retention deleted records that had not been read yet. Reading continues with the oldest record that still
   * exists, at the beginning of an assignment not before this has resolved. If it rejects, the consumer ends.
   */
  readonly onRetentionLoss?: (loss: RetentionLoss) => Promise<void>;
};

export type RetentionLoss = TopicPartition & {
  readonly group: string;
  /** The offset at which reading should have continued. */
  readonly expected: bigint;
  /**
   * The offset at which reading does continue. It is lower than `expected` when the log was reset, for
   * example because the topic was deleted and created again.
   */
  readonly continuedAt: bigint;
};

/** The partitions that the group gave to this member. It replaces every earlier assignment. */
export type Assignment = {
  /**
   * The generation number of the group. It grows with every rebalance and is the same in all processes, so
   * it can serve as a fencing token.
   */
  readonly generation: number;
  /** Each with the offset at which reading begins. */
  readonly partitions: readonly PartitionOffset[];
};

export type RecordBatch = TopicPartition & {
  readonly generation: number;
  /** In offset order. Offsets may have gaps. */
  readonly records: readonly ConsumedRecord[];
  /** The offset of the next record to be written, at the time of this fetch. */
  readonly highWatermark: bigint;
};

export type ConsumerHandlers = {
  /**
   * Where to start reading a partition; null: at the oldest record. Absent: at the committed offset, or at the oldest
   * record if there is none.
   */
  readonly startAt?: (partition: TopicPartition, generation: number) => Promise<bigint | null>;
  /** Called before the first batch of its generation. */
  readonly onAssigned: (assignment: Assignment) => void;
  /**
   * The current assignment ends. This is the last chance to commit finished work; the next assignment
   * follows.
   */
  readonly onRevoked?: () => void;
  /** Must return immediately: the next fetch and its heartbeat wait for it. */
  readonly onBatch: (batch: RecordBatch) => void;
  /**
   * The brokers were asked for what comes next and have nothing: of all partitions that are not paused, every record
   * that there was at that time was handed on. It comes again, for as long as nothing does.
   *
   * The last offsets of a partition may have no records, for example because compaction took a deletion: no batch shows
   * that its end was reached.
   */
  readonly onDrained?: () => void;
};

export type Consumer = {
  /**
   * Joins the group and reads until `stop`. Rejects when it cannot continue; then create a new consumer.
   * Call it only once.
   */
  run(handlers: ConsumerHandlers): Promise<void>;
  /** A paused partition stays assigned to this member. The next assignment clears the pause. */
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /**
   * Commits the offsets of work that was done in `generation`. The result is `fenced` if that generation
   * has ended or if a partition is not assigned to this member; offsets of such partitions are not
   * committed. Rejects when the broker does not answer.
   */
  commit(generation: number, offsets: readonly PartitionOffset[]): Promise<'committed' | 'fenced'>;
  /** Leaves the group. Never rejects. */
  stop(): Promise<void>;
};

export type OutgoingRecord = {
  readonly topic: string;
  /** May be null only if `partition` is set. */
  readonly key: Buffer | null;
  /** Null writes a tombstone. */
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
};
export type PublishedAt = TopicPartition & {
  /**
   * Null when the broker already had the record (a retry after a lost acknowledgement) and did not return
   * its offset.
   */
  readonly offset: bigint | null;
};

export type ProducerOptions = { readonly compression?: 'none' | 'gzip' | 'zstd' };

/** Sends one batch at a time. */
export type Producer = {
  /**
   * Resolves, in the given order, when all in-sync replicas have acknowledged all records. If it rejects,
   * any of the records may have been stored.
   */
  send(records: readonly OutgoingRecord[]): Promise<PublishedAt[]>;
  close(): Promise<void>;
};

export type TopicDescription = {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
};
/** `low`: the offset of the oldest record. `high`: the offset of the next record to be written. */
export type PartitionBounds = TopicPartition & { readonly low: bigint; readonly high: bigint };

export type BrokerAdmin = {
  listTopics(): Promise<string[]>;
  /** Creates the missing topics and returns their names. Existing topics are not changed. */
  createTopics(specs: readonly TopicSpec[]): Promise<string[]>;
  deleteTopics(names: readonly string[]): Promise<void>;
  /** Topics that do not exist are left out. */
  describeTopics(names: readonly string[]): Promise<TopicDescription[]>;
  readBounds(topic: string): Promise<PartitionBounds[]>;
  /** Committed offsets of a group. Partitions without a committed offset are left out. */
  readCommitted(group: string, topics: readonly string[]): Promise<PartitionOffset[]>;
  /** The number of members of a group; 0 if the group does not exist. */
  countMembers(group: string): Promise<number>;
  /**
   * The offset of the first record at or after a time, or the end of the partition if there is no such
   * record.
   */
  readOffsetsAt(topic: string, atMs: number): Promise<PartitionOffset[]>;
  /** Sets a group's offsets. The group must have no members. */
  setCommitted(group: string, offsets: readonly PartitionOffset[]): Promise<void>;
  /** Deletes a group with its offsets. `busy`: it has members. One that does not exist counts as deleted. */
  deleteGroup(group: string): Promise<'deleted' | 'busy'>;
  /** How many brokers lead these partitions. */
  countLeaders(partitions: readonly TopicPartition[]): Promise<number>;
};

export function partitionKey({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** A Kafka record as consumers receive it. */
export type ConsumedRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
};
