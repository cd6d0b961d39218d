import { type Log, silentLog } from '../base/log.ts';
import { type ConsumedRecord, type Consumer, partitionKey, type TopicPartition } from './broker.ts';
import { startCommitLoop } from './consume.ts';
import { HeldWork, type PartitionPosition, type PartitionWork } from './partition-work.ts';

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
  const { consumer, startAt, handleBatch, maxBatchRecords = 500, log = silentLog } = options;
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
