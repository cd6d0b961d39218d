import { Fault } from '../../../src/base/fault.ts';
import {
  type BrokerAdmin,
  type Consumer,
  type ConsumerHandlers,
  type ConsumerOptions,
  partitionKey,
  type TopicPartition,
} from '../../../src/kafka/broker.ts';
import { readStartingOffsets } from '../../../src/kafka/kafka-broker.ts';
import type { GroupMember, MemoryGroup } from './memory-group.ts';
import type { MemoryLog } from './memory-log.ts';

export type MemoryConsumerParts = {
  readonly options: ConsumerOptions;
  readonly log: MemoryLog;
  readonly group: MemoryGroup;
  readonly admin: BrokerAdmin;
  readonly nextTurn: (then: () => void) => void;
  readonly maxBatchRecords: number;
  /** Throws while the broker is down. */
  readonly requireUp: () => void;
};

export type MemoryConsumer = Consumer & {
  /** Something may have come. */
  readonly wake: () => void;
  readonly crash: (error: Error) => void;
};

type Held = {
  readonly generation: number;
  readonly next: Map<string, TopicPartition & { offset: bigint }>;
  isOver: boolean;
};

export function createMemoryConsumer(parts: MemoryConsumerParts): MemoryConsumer {
  const { options, log, group, admin, nextTurn, maxBatchRecords, requireUp } = parts;
  const end = Promise.withResolvers<void>();
  end.promise.catch(() => {});
  const paused = new Set<string>();
  let handlers: ConsumerHandlers | null = null;
  let held: Held | null = null;
  let isAwake = false;
  let isEnded = false;

  const member: GroupMember = {
    topics: options.topics,
    revoke() {
      if (held === null || held.isOver) return;
      held.isOver = true;
      handlers?.onRevoked?.();
    },
    assign(generation, partitions) {
      const mine: Held = { generation, next: new Map(), isOver: false };
      held = mine;
      begin(mine, partitions).catch((error) => held === mine && finish(error));
    },
  };

  async function begin(mine: Held, partitions: readonly TopicPartition[]): Promise<void> {
    const { generation } = mine;
    const startAt = handlers?.startAt;
    const { offsets, losses } = await readStartingOffsets({
      admin,
      group: options.group,
      partitions,
      generation,
      startAt,
    });
    if (held !== mine || mine.isOver) return;
    for (const loss of losses) await options.onRetentionLoss?.(loss);
    if (held !== mine || mine.isOver) return;
    for (const at of offsets) mine.next.set(partitionKey(at), { ...at });
    paused.clear();
    handlers?.onAssigned({ generation, partitions: offsets });
    wake();
  }

  function wake(): void {
    if (isAwake || isEnded) return;
    isAwake = true;
    nextTurn(() => {
      isAwake = false;
      if (held === null || held.isOver) return;
      if (fetch(held)) wake();
      else handlers?.onDrained?.();
    });
  }

  /** One batch of each partition; true when there may be more. */
  function fetch(mine: Held): boolean {
    let hasMore = false;
    for (const [key, at] of mine.next) {
      if (mine.isOver || paused.has(key) || !log.names.includes(at.topic)) continue;
      noticeLoss(at);
      const { records, next } = log.read(at.topic, at.partition, at.offset, maxBatchRecords);
      if (next > at.offset) hasMore = true;
      at.offset = next;
      if (records.length === 0) continue;
      const highWatermark = log.bounds(at.topic)[at.partition]?.high ?? 0n;
      const { topic, partition } = at;
      handlers?.onBatch({ topic, partition, generation: mine.generation, records, highWatermark });
    }
    return hasMore;
  }

  function noticeLoss(at: TopicPartition & { offset: bigint }): void {
    const { topic, partition, offset: expected } = at;
    const low = log.bounds(topic)[partition]?.low ?? 0n;
    if (low <= expected) return;
    at.offset = low;
    const noted = options.onRetentionLoss?.({
      group: options.group,
      topic,
      partition,
      expected,
      continuedAt: low,
    });
    noted?.catch(finish);
  }

  function finish(error?: unknown): void {
    if (isEnded) return;
    isEnded = true;
    held = null;
    group.leave(member);
    if (error === undefined) end.resolve();
    else end.reject(error);
  }

  return {
    async run(given) {
      requireUp();
      const missing = options.topics.filter((topic) => !log.names.includes(topic));
      if (missing.length > 0) throw new Fault(`topics are missing: ${missing.join(', ')}`);
      handlers = given;
      if (!isEnded) group.join(member);
      await end.promise;
    },
    pause: (partitions) => {
      for (const at of partitions) paused.add(partitionKey(at));
    },
    resume: (partitions) => {
      for (const at of partitions) paused.delete(partitionKey(at));
      wake();
    },
    async commit(generation, offsets) {
      requireUp();
      return held === null || held.generation !== generation
        ? 'fenced'
        : group.commit(member, generation, offsets);
    },
    stop: async () => finish(),
    wake,
    crash: (error) => handlers !== null && finish(error),
  };
}
