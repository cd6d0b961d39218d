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
   * Takes a record and is done with it when it returns or resolves. Throwing means that something underneath is gone:
   * the record is not done, and consumption ends.
   */
  readonly handle: (record: ConsumedRecord) => void | Promise<void>;
  /** How many records, and how many bytes of them, may be in work at once. */
  readonly maxInWork?: number;
  readonly maxInWorkBytes?: number;
  readonly commitIntervalMs?: number;
  /** How long stopping waits for work in hand. */
  readonly drainMs?: number;
  /** The partitions held so far are lost. Their work may go on; it will be done again by whoever holds them next. */
  readonly onRevoked?: () => void;
  readonly log?: Log;
};

export type Consume = {
  /** Works until the signal aborts, then finishes work in hand, commits and leaves. Rejects when it cannot go on. */
  run(signal: AbortSignal): Promise<void>;
  /** Where every held partition stands. */
  positions(): PartitionPosition[];
};

/**
 * Hands on records, many at a time.
 *
 * Within a partition they are started in order of offsets, without waiting for earlier ones. What is committed is
 * always the finished beginning: the offset of the oldest record that is not done.
 */
export function createConsume(options: ConsumeOptions): Consume {
  const { consumer, handle, maxInWork = 1_000, maxInWorkBytes = 32 * 1024 * 1024 } = options;
  const { commitIntervalMs = 1_000, drainMs = 10_000, log = silentLog } = options;
  // Reading ahead hides the pause in which the client looks again at partitions that were resumed.
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

  /** Starts one record of each partition in turn while there is room. */
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

  /** A single record larger than all room must still get through. */
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
    // Work that gives up because of a stop is not done: it stays in the way of the commit, and is done again later.
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
    if (inWork > 0) log.warn('stopped with work in hand: it will be done again', { inWork });
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

export type CommitLoop = {
  /** Commits now; waits for a commit under way first. Never rejects. */
  commitNow(): Promise<void>;
  stop(): void;
};

/**
 * Commits on an interval.
 *
 * A commit that fails is tried again with the next interval: until then only work that would be repeated grows. A
 * broker that stays away ends the consumer by itself.
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
  /** Null when there is nothing new. */
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
      log.warn('offsets could not be committed, it is tried again', { generation: due.generation, error });
    }
  }

  function commitNow(): Promise<void> {
    last = last.then(commit);
    return last;
  }

  const timer = setInterval(commitNow, everyMs);
  return { commitNow, stop: () => clearInterval(timer) };
}

/** What the broker answers to a member that is no longer one, or not of this generation. */
const fencedTypes = new Set([
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'REBALANCE_IN_PROGRESS',
  'FENCED_INSTANCE_ID',
]);

/** One attempt: the client's own repeating commit could land in the next generation. */
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
