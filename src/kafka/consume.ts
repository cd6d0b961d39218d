import { type Log, silentLog } from '../base/log.ts';
import {
  type ConsumedRecord,
  type Consumer,
  type PartitionOffset,
  partitionKey,
  type TopicPartition,
} from './broker.ts';
import type { EachBatchPayload } from './client.ts';
import {
  type Committable,
  HeldWork,
  type PartitionPosition,
  type PartitionWork,
  recordBytes,
} from './partition-work.ts';

/*
 * Two ways to work on the records of a group. `createConsume` hands on single records, many at a time, and commits the
 * finished beginning of each partition. `createConsumePartitions` hands on batches, one after the other in a partition,
 * for a flow that keeps its own place. Both read ahead into queues (`HeldWork`), share one commit loop, and end with
 * the error that a handler throws.
 */

export type ConsumeOptions = {
  readonly consumer: Consumer;
  /**
   * Handles one record, which counts as finished when this returns or resolves. If it throws or rejects, an
   * infrastructure dependency has failed: the record is not finished, and consumption ends.
   */
  readonly handle: (record: ConsumedRecord) => void | Promise<void>;
  /** How many records, and how many bytes of records, may be in work at once. */
  readonly maxInWork?: number;
  readonly maxInWorkBytes?: number;
  readonly commitIntervalMs?: number;
  /** How long a stop waits for work in progress. */
  readonly drainMs?: number;
  /** The partitions assigned so far are lost. Their work may continue, but the next owner does it again. */
  readonly onRevoked?: () => void;
  readonly log?: Log;
};

type Consume = {
  /**
   * Consumes until the signal aborts, then finishes the work in progress, commits and leaves the group.
   * Rejects when it cannot continue.
   */
  run(signal: AbortSignal): Promise<void>;
  /** The position of every assigned partition. */
  positions(): PartitionPosition[];
};

/**
 * Consumes records, many at a time.
 *
 * Each fetched batch goes into the queue of its partition. `pump` starts one record of each ready partition
 * in turn while fewer than `maxInWork` records and `maxInWorkBytes` bytes are in work, and runs again
 * whenever a record finishes. Within a partition, records start in offset order and do not wait for earlier
 * ones.
 *
 * Records may finish in any order, but a committed offset covers everything before it. The commit loop
 * therefore commits, for each partition, the offset of its oldest unfinished record. When queues get too
 * long, `HeldWork.balance` pauses partitions.
 */
export function createConsume(options: ConsumeOptions): Consume {
  const { consumer, handle, maxInWork = 1_000, maxInWorkBytes = 32 * 1024 * 1024 } = options;
  const { commitIntervalMs = 1_000, drainMs = 10_000, log = silentLog } = options;
  // After a resume, kafkajs takes a while before it fetches again. The queue of records read ahead covers
  // that time.
  const held = new HeldWork(consumer, { records: Math.max(2_000, maxInWork * 2), bytes: maxInWorkBytes });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  let ready: PartitionWork[] = [];
  let inWork = 0;
  let inWorkBytes = 0;
  let isTaking = true;
  let isPumping = false;
  let isStopping = false;
  let onIdle: (() => void) | null = null;

  /** Starts one record of each partition in turn, while there is room. */
  function pump(): void {
    if (isPumping) return;
    isPumping = true;
    while (isTaking && hasRoom()) {
      const work = ready.shift();
      if (work === undefined) break;
      const record = work.queue.take();
      if (record === null) continue;
      if (work.queue.count > 0) ready.push(work);
      start(work, record);
    }
    isPumping = false;
    if (isTaking) held.balance();
  }

  /** A single record larger than the byte limit must still be handled. */
  function hasRoom(): boolean {
    return inWork === 0 || (inWork < maxInWork && inWorkBytes < maxInWorkBytes);
  }

  function start(work: PartitionWork, record: ConsumedRecord): void {
    const bytes = recordBytes(record);
    work.start(record);
    inWork += 1;
    inWorkBytes += bytes;
    const leave = () => {
      inWork -= 1;
      inWorkBytes -= bytes;
      if (inWork === 0) onIdle?.();
    };
    const finish = () => {
      work.finish(record.offset);
      leave();
    };
    // Work that gives up because of a stop is not finished: the commit stops before it, and it is done
    // again later.
    const give = (error: unknown) => (isStopping ? leave() : fail(error));
    try {
      const result = handle(record);
      if (result instanceof Promise) result.then(finish).then(pump).catch(give);
      else finish();
    } catch (error) {
      give(error);
    }
  }

  function fail(error: unknown): void {
    isTaking = false;
    failed.reject(error);
  }

  async function drain(): Promise<void> {
    isTaking = false;
    held.pauseAll();
    if (inWork === 0) return;
    await new Promise<void>((resolve) => {
      onIdle = resolve;
      setTimeout(resolve, drainMs).unref();
    });
    if (inWork > 0) log.warn('stopped before all work had finished: it will be done again', { inWork });
  }

  return {
    positions: () => held.positions,
    async run(signal) {
      const aborted = new Promise<void>((resolve) => {
        const stop = () => {
          isStopping = true;
          isTaking = false;
          resolve();
        };
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
      });
      const committable = () => held.committable;
      const commits = startCommitLoop({ consumer, everyMs: commitIntervalMs, log, committable });
      const running = consumer.run({
        onAssigned: (assignment) => {
          const { generation, partitions } = assignment;
          log.info('partitions assigned', { generation, partitions: partitions.length });
          ready = [];
          held.assign(assignment);
        },
        onRevoked: () => {
          ready = [];
          void commits.commitNow();
          options.onRevoked?.();
        },
        onBatch: (batch) => {
          const work = isTaking ? held.add(batch) : null;
          if (work === null) return;
          if (!ready.includes(work)) ready.push(work);
          pump();
        },
      });
      try {
        await Promise.race([aborted, running, failed.promise]);
        await Promise.race([drain(), running, failed.promise]);
      } finally {
        isTaking = false;
        commits.stop();
        await commits.commitNow();
        await consumer.stop();
      }
      await running;
    },
  };
}

type CommitLoop = {
  /** Commits now, after any commit in progress. Never rejects. */
  commitNow(): Promise<void>;
  stop(): void;
};

/**
 * Commits offsets every `everyMs`, one commit at a time.
 *
 * A failed commit is retried at the next interval. Until then, a restart would repeat more work, which is
 * harmless. If the broker stays away, the consumer ends by itself.
 */
function startCommitLoop({
  consumer,
  everyMs,
  log,
  committable,
}: {
  readonly consumer: Consumer;
  readonly everyMs: number;
  readonly log: Log;
  /** Null when there is nothing new to commit. */
  readonly committable: () => Committable | null;
}): CommitLoop {
  let last: Promise<void> = Promise.resolve();

  async function commit(): Promise<void> {
    const due = committable();
    if (due === null) return;
    try {
      const outcome = await consumer.commit(due.generation, due.offsets);
      if (outcome === 'committed') due.onCommitted();
    } catch (error) {
      log.warn('offsets could not be committed; the next interval tries again', {
        generation: due.generation,
        error,
      });
    }
  }

  function commitNow(): Promise<void> {
    last = last.then(commit);
    return last;
  }

  const timer = setInterval(commitNow, everyMs);
  return { commitNow, stop: () => clearInterval(timer) };
}

/** The broker's error types for a member that has left the group or belongs to an earlier generation. */
const fencedTypes = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** Commits with a single attempt. The client's own retrying commit could land in the next generation. */
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

export type PartitionBatch = TopicPartition & {
  /** The generation of the group. Use it as a fencing token: a smaller number belongs to an earlier owner. */
  readonly generation: number;
  /** At least one record, in offset order. */
  readonly records: readonly ConsumedRecord[];
};

export type ConsumePartitionsOptions = {
  readonly consumer: Consumer;
  /**
   * Where to start reading, called at every assignment. Null: at the oldest record, whatever the group has committed.
   * Called only while no batch of this partition is being handled in this process.
   */
  readonly startAt: (partition: TopicPartition, generation: number) => Promise<bigint | null>;
  /** Must have stored the batch durably when it resolves. If it rejects, consumption ends. */
  readonly handleBatch: (batch: PartitionBatch) => Promise<void>;
  readonly maxBatchRecords?: number;
  /** How much may be read ahead, summed over all partitions. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  readonly commitIntervalMs?: number;
  readonly drainMs?: number;
  readonly onRevoked?: () => void;
  /** Every record that this partition had a moment ago was handled. See `ConsumerHandlers`. */
  readonly onDrained?: (partition: TopicPartition) => void;
  readonly log?: Log;
};

type ConsumePartitions = {
  /**
   * Consumes until the signal aborts. Then it waits for the batches in progress, commits and leaves the
   * group.
   */
  run(signal: AbortSignal): Promise<void>;
  positions(): PartitionPosition[];
};

/**
 * Consumes partitions in batches: one batch at a time within a partition, partitions in parallel.
 *
 * Each fetched batch goes into the queue of its partition. A partition with queued records has a loop that
 * takes up to `maxBatchRecords` from the queue, waits for `handleBatch`, marks the records finished and
 * takes the next batch; the loop ends when the queue is empty. The commit loop commits finished offsets at
 * an interval.
 *
 * The flow may choose where each partition starts (`startAt`), because it stores its own offset in the same
 * transaction as its rows. Before `startAt` is called, a loop of an earlier generation for that partition
 * must have ended here; otherwise both could write. A chosen start is committed even before any record is
 * handled, so that the lag of the group is correct.
 */
export function createConsumePartitions(options: ConsumePartitionsOptions): ConsumePartitions {
  const { consumer, startAt, handleBatch, onDrained, maxBatchRecords = 500, log = silentLog } = options;
  const { maxQueuedRecords = 4_000, maxQueuedBytes = 32 * 1024 * 1024 } = options;
  const { commitIntervalMs = 1_000, drainMs = 10_000 } = options;
  const held = new HeldWork(consumer, { records: maxQueuedRecords, bytes: maxQueuedBytes });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  /** Running loops by partition, including loops of earlier generations. */
  const loops = new Map<string, Promise<void>>();
  const busy = new Set<PartitionWork>();
  let isTaking = true;

  async function loop(work: PartitionWork, generation: number): Promise<void> {
    while (isTaking && held.isHeld(work)) {
      const records = takeBatch(work, maxBatchRecords);
      if (records.length === 0) {
        // Remove it synchronously: a batch that arrives in this same turn must start a new loop.
        busy.delete(work);
        return;
      }
      for (const record of records) work.start(record);
      await handleBatch({ topic: work.topic, partition: work.partition, generation, records });
      for (const { offset } of records) work.finish(offset);
      if (isTaking) held.balance();
    }
  }

  /**
   * A failure ends consumption only if the partition is still assigned and no stop is in progress. On a
   * lost partition the new owner's fence refuses the work, as intended. Work that gives up because of a
   * stop is not committed and is read again later.
   */
  async function runLoop(work: PartitionWork, generation: number): Promise<void> {
    try {
      await loop(work, generation);
    } catch (error) {
      if (isTaking && held.isHeld(work)) failed.reject(error);
      else
        log.info('a batch was abandoned and will be read again', {
          generation,
          partition: work.partition,
          error,
        });
    }
  }

  function startLoop(work: PartitionWork, generation: number): void {
    if (busy.has(work)) return;
    busy.add(work);
    const key = partitionKey(work);
    const running = runLoop(work, generation).finally(() => loops.get(key) === running && loops.delete(key));
    loops.set(key, running);
  }

  /** What was read before the brokers had nothing more may still be in work. */
  function passDrained(note: (partition: TopicPartition) => void): void {
    for (const work of held.partitions) {
      if (work.isPaused) continue;
      const handled = loops.get(partitionKey(work)) ?? Promise.resolve();
      void handled.then(() => isTaking && held.isHeld(work) && note(work));
    }
  }

  async function drain(): Promise<void> {
    isTaking = false;
    held.pauseAll();
    const timeout = new Promise<void>((resolve) => setTimeout(resolve, drainMs).unref());
    await Promise.race([Promise.all(loops.values()), timeout]);
  }

  return {
    positions: () => held.positions,
    async run(signal) {
      const aborted = new Promise<void>((resolve) => {
        const stop = () => {
          isTaking = false;
          resolve();
        };
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
      });
      const committable = () => held.committable;
      const commits = startCommitLoop({ consumer, everyMs: commitIntervalMs, log, committable });
      const running = consumer.run({
        startAt: async (partition, generation) => {
          await loops.get(partitionKey(partition));
          return startAt(partition, generation);
        },
        onAssigned: (assignment) => {
          log.info('partitions assigned', {
            generation: assignment.generation,
            partitions: assignment.partitions.length,
          });
          held.assign(assignment, { isChosen: true });
        },
        onRevoked: () => {
          held.revoke();
          void commits.commitNow();
          options.onRevoked?.();
        },
        onBatch: (batch) => {
          const work = isTaking ? held.add(batch) : null;
          if (work === null) return;
          held.balance();
          startLoop(work, batch.generation);
        },
        ...(onDrained !== undefined && { onDrained: () => passDrained(onDrained) }),
      });
      try {
        await Promise.race([aborted, running, failed.promise]);
        await Promise.race([drain(), running, failed.promise]);
      } finally {
        isTaking = false;
        commits.stop();
        await commits.commitNow();
        await consumer.stop();
      }
      await running;
    },
  };
}

function takeBatch(work: PartitionWork, most: number): ConsumedRecord[] {
  const records: ConsumedRecord[] = [];
  while (records.length < most) {
    const record = work.queue.take();
    if (record === null) break;
    records.push(record);
  }
  return records;
}
