import { type Log, silentLog } from '../base/log.ts';
import type { ConsumedRecord, Consumer, PartitionOffset } from './broker.ts';
import type { EachBatchPayload } from './client.ts';
import {
  type Committable,
  HeldWork,
  type PartitionPosition,
  type PartitionWork,
  recordBytes,
} from './partition-work.ts';

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
export function startCommitLoop({
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
