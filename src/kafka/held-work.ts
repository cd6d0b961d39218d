import {
  type Assignment,
  type Consumer,
  partitionKey,
  type RecordBatch,
  type TopicPartition,
} from './broker.ts';
import type { Committable } from './commit-loop.ts';
import { type PartitionPosition, PartitionWork } from './partition-work.ts';

/** At how many read but not started records, or bytes of them, reading pauses. It resumes below half. */
export type QueueBounds = { readonly records: number; readonly bytes: number };

/** All partitions held at present, and what was read of them. */
export class HeldWork {
  readonly #consumer: Consumer;
  readonly #bounds: QueueBounds;
  #generation = 0;
  #isOver = true;
  #partitions = new Map<string, PartitionWork>();

  constructor(consumer: Consumer, bounds: QueueBounds) {
    this.#consumer = consumer;
    this.#bounds = bounds;
  }

  /**
   * Work of what was held before goes on, and is forgotten here: it can never be committed.
   *
   * Where the beginning was chosen, the group's offset may be another: then it is committed with the next chance.
   */
  assign(
    { generation, partitions }: Assignment,
    isChosen: (at: TopicPartition) => boolean = () => false,
  ): void {
    this.#generation = generation;
    this.#isOver = false;
    this.#partitions = new Map(
      partitions.map((at) => [partitionKey(at), new PartitionWork(at, { isCommitted: !isChosen(at) })]),
    );
  }

  /** A rebalance has begun: nothing more is to be started, what is finished may still be committed. */
  revoke(): void {
    this.#isOver = true;
  }

  isHeld(work: PartitionWork): boolean {
    return !this.#isOver && this.#partitions.get(partitionKey(work)) === work;
  }

  /** Null when the batch belongs to another generation. */
  add(batch: RecordBatch): PartitionWork | null {
    const work = this.#partitions.get(partitionKey(batch));
    if (work === undefined || batch.generation !== this.#generation || this.#isOver) return null;
    work.queue.add(batch.records);
    work.highWatermark = batch.highWatermark;
    return work;
  }

  /**
   * Pauses what still has records waiting when all together have too many. To be called when queues have changed.
   *
   * A partition whose own queue ran empty goes on at once: others that are slow must not keep it waiting.
   */
  balance(): void {
    const { records, bytes } = this.#queued();
    const isFull = records >= this.#bounds.records || bytes >= this.#bounds.bytes;
    const isLow = records <= this.#bounds.records / 2 && bytes <= this.#bounds.bytes / 2;
    this.#setPaused((work) => isFull && !work.isPaused && work.queue.count > 0, true);
    this.#setPaused((work) => work.isPaused && (isLow || work.queue.count === 0), false);
  }

  /** Takes nothing more: for the way out. */
  pauseAll(): void {
    this.#setPaused((work) => !work.isPaused, true);
  }

  get generation(): number {
    return this.#generation;
  }

  get partitions(): Iterable<PartitionWork> {
    return this.#partitions.values();
  }

  get positions(): PartitionPosition[] {
    return [...this.#partitions.values()].map((work) => work.position);
  }

  get committable(): Committable | null {
    const due = [...this.#partitions.values()].flatMap((work) => {
      const offset = work.due;
      return offset === null ? [] : [{ work, offset }];
    });
    if (due.length === 0) return null;
    return {
      generation: this.#generation,
      offsets: due.map(({ offset }) => offset),
      onCommitted: () => {
        for (const { work, offset } of due) work.committedUpTo(offset.offset);
      },
    };
  }

  #queued(): QueueBounds {
    let records = 0;
    let bytes = 0;
    for (const { queue } of this.#partitions.values()) {
      records += queue.count;
      bytes += queue.bytes;
    }
    return { records, bytes };
  }

  #setPaused(isMeant: (work: PartitionWork) => boolean, isPaused: boolean): void {
    const meant: TopicPartition[] = [];
    for (const work of this.#partitions.values()) {
      if (!isMeant(work)) continue;
      work.isPaused = isPaused;
      meant.push({ topic: work.topic, partition: work.partition });
    }
    if (meant.length === 0) return;
    if (isPaused) this.#consumer.pause(meant);
    else this.#consumer.resume(meant);
  }
}
