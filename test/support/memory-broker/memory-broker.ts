import {
  type Broker,
  type BrokerAdmin,
  type ConsumedRecord,
  type OutgoingRecord,
  type PartitionOffset,
  type Producer,
  partitionKey,
} from '../../../src/kafka/broker.ts';
import { createMemoryConsumer, type MemoryConsumer } from './memory-consumer.ts';
import { MemoryGroup } from './memory-group.ts';
import { MemoryLog } from './memory-log.ts';

/** What can go wrong, at will. */
export type BrokerFaults = {
  /** Running consumers crash, requests reject, until `up`. */
  down(): void;
  up(): void;
  rebalance(group: string): void;
  /** The next send is stored, and its acknowledgement lost. */
  loseNextAck(): void;
  /** The next send is stored twice, as by a writer that was restarted. */
  storeNextTwice(): void;
  /** Retention takes what lies below. */
  trim(topic: string, partition: number, low: bigint): void;
  compact(topic: string): void;
  /** Compaction much later: deletions are gone too. */
  dropTombstones(topic: string): void;
};

export type MemoryBroker = Broker & {
  readonly faults: BrokerFaults;
  /** Everything stored in a topic, partition by partition. */
  records(topic: string): ConsumedRecord[];
  committed(group: string): ReadonlyMap<string, bigint>;
  memberCount(group: string): number;
  /** Groups that are known, with members or with offsets. */
  readonly groupNames: readonly string[];
};

export type MemoryBrokerOptions = {
  readonly nowMs?: () => number;
  /** How a later turn is had: a simulation gives its own. */
  readonly nextTurn?: (then: () => void) => void;
  readonly maxBatchRecords?: number;
};

/** A cluster in memory, for tests: partitions, groups, rebalances, commits, and faults. */
export function createMemoryBroker(options: MemoryBrokerOptions = {}): MemoryBroker {
  const { nowMs = Date.now, nextTurn = setImmediate, maxBatchRecords = 100 } = options;
  const log = new MemoryLog(nowMs);
  const groups = new Map<string, MemoryGroup>();
  const consumers = new Set<MemoryConsumer>();
  let isDown = false;
  let losesAck = false;
  let storesTwice = false;

  const requireUp = () => {
    if (isDown) throw new Error('the broker does not answer');
  };
  const toGroup = (name: string) => {
    const group = groups.get(name) ?? new MemoryGroup((topic) => log.partitionCount(topic), nextTurn);
    groups.set(name, group);
    return group;
  };
  const wakeAll = () => {
    for (const consumer of consumers) consumer.wake();
  };

  function send(records: readonly OutgoingRecord[]) {
    requireUp();
    const stored = records.map((record) => log.append(record));
    if (storesTwice) for (const record of records) log.append(record);
    storesTwice = false;
    wakeAll();
    if (!losesAck) return stored;
    losesAck = false;
    throw new Error('the acknowledgement was lost');
  }

  const admin = createAdmin({ log, toGroup, forgetGroup: (name) => groups.delete(name), requireUp });
  return {
    admin,
    createConsumer(consumerOptions) {
      const group = toGroup(consumerOptions.group);
      const consumer = createMemoryConsumer({
        options: consumerOptions,
        log,
        group,
        admin,
        nextTurn,
        maxBatchRecords,
        requireUp,
      });
      consumers.add(consumer);
      return consumer;
    },
    createProducer: (): Producer => ({ send: async (records) => send(records), close: async () => {} }),
    close: async () => {},
    faults: {
      down: () => {
        isDown = true;
        for (const consumer of consumers) consumer.crash(new Error('the broker does not answer'));
        consumers.clear();
      },
      up: () => {
        isDown = false;
      },
      rebalance: (group) => toGroup(group).rebalance(),
      loseNextAck: () => {
        losesAck = true;
      },
      storeNextTwice: () => {
        storesTwice = true;
      },
      trim: (topic, partition, low) => log.trim(topic, partition, low),
      compact: (topic) => log.compact(topic),
      dropTombstones: (topic) => log.dropTombstones(topic),
    },
    records: (topic) =>
      log
        .bounds(topic)
        .flatMap(({ partition, low }) => log.read(topic, partition, low, Number.MAX_SAFE_INTEGER).records),
    committed: (group) => toGroup(group).committed,
    memberCount: (group) => toGroup(group).memberCount,
    get groupNames() {
      return [...groups.keys()];
    },
  };
}

type AdminParts = {
  readonly log: MemoryLog;
  readonly toGroup: (name: string) => MemoryGroup;
  readonly forgetGroup: (name: string) => void;
  readonly requireUp: () => void;
};

function createAdmin({ log, toGroup, forgetGroup, requireUp }: AdminParts): BrokerAdmin {
  const whileUp =
    <A extends unknown[], T>(ask: (...args: A) => T) =>
    async (...args: A): Promise<T> => {
      requireUp();
      return ask(...args);
    };
  return {
    listTopics: whileUp(() => log.names),
    createTopics: whileUp((specs) => specs.filter((spec) => log.create(spec)).map(({ name }) => name)),
    deleteTopics: whileUp((names) => {
      for (const name of names) log.delete(name);
    }),
    describeTopics: whileUp((names) => names.flatMap((name) => log.describe(name))),
    readBounds: whileUp((topic) => log.bounds(topic)),
    readCommitted: whileUp((group, topics) =>
      topics.flatMap((topic) => readCommitted(toGroup(group), topic, log.partitionCount(topic))),
    ),
    countMembers: whileUp((group) => toGroup(group).memberCount),
    readOffsetsAt: whileUp((topic, atMs) =>
      log.bounds(topic).map(({ partition }) => ({
        topic,
        partition,
        offset: log.offsetAt(topic, partition, atMs),
      })),
    ),
    setCommitted: whileUp((group, offsets) => {
      for (const at of offsets) toGroup(group).committed.set(partitionKey(at), at.offset);
    }),
    deleteGroup: whileUp((group) => {
      if (toGroup(group).memberCount > 0) return 'busy';
      forgetGroup(group);
      return 'deleted';
    }),
    countLeaders: whileUp((partitions) => (partitions.length > 0 ? 1 : 0)),
  };
}

function readCommitted({ committed }: MemoryGroup, topic: string, partitionCount: number): PartitionOffset[] {
  return Array.from({ length: partitionCount }, (_, partition) => ({ topic, partition })).flatMap((at) => {
    const offset = committed.get(partitionKey(at));
    return offset === undefined ? [] : [{ ...at, offset }];
  });
}
