import { type Log, silentLog } from '../base/log.ts';
import { type ConsumedRecord, type Consumer, partitionKey, type TopicPartition } from './broker.ts';
import { startCommitLoop } from './consume.ts';
import { HeldWork, type PartitionPosition, type PartitionWork } from './partition-work.ts';

export type PartitionBatch = TopicPartition & {
  /** The group's count of assignments, for a fence: a smaller one is an earlier owner's. */
  readonly generation: number;
  /** At least one, in order of offsets. */
  readonly records: readonly ConsumedRecord[];
};

export type ConsumePartitionsOptions = {
  readonly consumer: Consumer;
  /**
   * Where to begin, asked at every assignment; null: the committed offset, else the oldest record. Called only when no
   * batch of this partition is being handled here.
   */
  readonly startAt: (partition: TopicPartition, generation: number) => Promise<bigint | null>;
  /** Must have made the batch durable when it resolves. Rejecting ends consumption. */
  readonly handleBatch: (batch: PartitionBatch) => Promise<void>;
  readonly maxBatchRecords?: number;
  /** How much may be read ahead, over all partitions. */
  readonly maxQueuedRecords?: number;
  readonly maxQueuedBytes?: number;
  readonly commitIntervalMs?: number;
  readonly drainMs?: number;
  readonly onRevoked?: () => void;
  readonly log?: Log;
};

export type ConsumePartitions = {
  /** Works until the signal aborts, then lets batches in hand end, commits and leaves. */
  run(signal: AbortSignal): Promise<void>;
  positions(): PartitionPosition[];
};

/** Hands on batches: one after the other within a partition, partitions side by side. */
export function createConsumePartitions(options: ConsumePartitionsOptions): ConsumePartitions {
  const { consumer, startAt, handleBatch, maxBatchRecords = 500, log = silentLog } = options;
  const { maxQueuedRecords = 4_000, maxQueuedBytes = 32 * 1024 * 1024 } = options;
  const { commitIntervalMs = 1_000, drainMs = 10_000 } = options;
  const held = new HeldWork(consumer, { records: maxQueuedRecords, bytes: maxQueuedBytes });
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {});
  /** Loops under way by partition, also of generations that are over. */
  const loops = new Map<string, Promise<void>>();
  const busy = new Set<PartitionWork>();
  /** Partitions for which the flow said where to begin. */
  const chosen = new Set<string>();
  let isTaking = true;

  async function loop(work: PartitionWork, generation: number): Promise<void> {
    while (isTaking && held.isHeld(work)) {
      const records = takeBatch(work, maxBatchRecords);
      if (records.length === 0) {
        // At once: a batch that arrives in this very turn must start a loop of its own.
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
   * What fails for a lost partition was refused by the new owner's fence, as it must be. What gives up because of a
   * stop is not done, is not committed, and comes again.
   */
  async function runLoop(work: PartitionWork, generation: number): Promise<void> {
    try {
      await loop(work, generation);
    } catch (error) {
      if (isTaking && held.isHeld(work)) failed.reject(error);
      else log.info('a batch was given up', { generation, partition: work.partition, error });
    }
  }

  function startLoop(work: PartitionWork, generation: number): void {
    if (busy.has(work)) return;
    busy.add(work);
    const key = partitionKey(work);
    const running = runLoop(work, generation).finally(() => loops.get(key) === running && loops.delete(key));
    loops.set(key, running);
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
          const start = await startAt(partition, generation);
          if (start === null) chosen.delete(partitionKey(partition));
          else chosen.add(partitionKey(partition));
          return start;
        },
        onAssigned: (assignment) => {
          log.info('partitions assigned', {
            generation: assignment.generation,
            partitions: assignment.partitions.length,
          });
          held.assign(assignment, (at) => chosen.has(partitionKey(at)));
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
