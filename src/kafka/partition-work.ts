import { assert } from '../base/fault.ts';
import {
  type Assignment,
  type ConsumedRecord,
  type Consumer,
  type PartitionOffset,
  partitionKey,
  type RecordBatch,
  type TopicPartition,
} from './broker.ts';

/** The position of one partition. */
export type PartitionPosition = {
  readonly topic: string;
  readonly partition: number;
  /** The offset that this process last committed, or the starting offset. */
  readonly committed: bigint;
  /** The next offset to start. */
  readonly next: bigint;
  /** The oldest record that was read and has no disposition yet; null if there is none. */
  readonly oldestOffset: bigint | null;
  readonly oldestTimestampMs: number | null;
  /** Records read but not started, and records started but not finished. */
  readonly queuedCount: number;
  readonly inWorkCount: number;
  /** The end of the partition at the last fetch; null before the first batch. */
  readonly highWatermark: bigint | null;
};

/**
 * One partition in one generation: its queue of records read, its records in work, and its committable
 * offset.
 */
export class PartitionWork {
  readonly topic: string;
  readonly partition: number;
  readonly queue = new RecordQueue();
  isPaused = false;
  highWatermark: bigint | null = null;
  #committed: bigint;
  #isCommitted: boolean;
  readonly #tracker: OffsetTracker;
  readonly #timestamps = new Map<bigint, number>();

  /** `isCommitted`: whether the group's committed offset is certain to be this starting offset. */
  constructor({ topic, partition, offset }: PartitionOffset, { isCommitted = true } = {}) {
    this.topic = topic;
    this.partition = partition;
    this.#committed = offset;
    this.#isCommitted = isCommitted;
    this.#tracker = new OffsetTracker(offset);
  }

  start({ offset, timestampMs }: ConsumedRecord): void {
    this.#tracker.start(offset);
    this.#timestamps.set(offset, timestampMs);
  }

  finish(offset: bigint): void {
    this.#tracker.finish(offset);
    this.#timestamps.delete(offset);
  }

  /** The offset to commit now; null if it is committed already. */
  get due(): PartitionOffset | null {
    const offset = this.#tracker.committable;
    if (offset === this.#committed && this.#isCommitted) return null;
    return { topic: this.topic, partition: this.partition, offset };
  }

  committedUpTo(offset: bigint): void {
    this.#committed = offset;
    this.#isCommitted = true;
  }

  get position(): PartitionPosition {
    const oldest = this.#tracker.oldest;
    const queued = this.queue.peek();
    return {
      topic: this.topic,
      partition: this.partition,
      committed: this.#committed,
      next: this.#tracker.next,
      oldestOffset: oldest ?? queued?.offset ?? null,
      oldestTimestampMs:
        oldest === null ? (queued?.timestampMs ?? null) : (this.#timestamps.get(oldest) ?? null),
      queuedCount: this.queue.count,
      inWorkCount: this.#tracker.inWorkCount,
      highWatermark: this.highWatermark,
    };
  }
}

/** Reading pauses when this many records or bytes have been read but not started. It resumes at half. */
type QueueBounds = { readonly records: number; readonly bytes: number };

/**
 * The partitions of the current assignment, with their queues and offsets.
 *
 * Each assignment replaces all `PartitionWork` objects. Work of the earlier objects runs to its end, but
 * its offsets are no longer reachable from here, so it can never be committed. Both consume loops use this
 * class: they add fetched batches, call `balance` to pause and resume partitions, and read `committable` to
 * commit.
 */
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
   * Replaces the assignment. Work on the earlier partitions continues but can no longer be committed.
   *
   * If the flow chose where the partitions start (`isChosen`), the group's committed offsets may differ; then the
   * starts are committed at the next opportunity.
   */
  assign({ generation, partitions }: Assignment, { isChosen = false } = {}): void {
    this.#generation = generation;
    this.#isOver = false;
    this.#partitions = new Map(
      partitions.map((at) => [partitionKey(at), new PartitionWork(at, { isCommitted: !isChosen })]),
    );
  }

  /** A rebalance has begun: no more work may start, but finished work may still be committed. */
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
   * Pauses every partition that has queued records when all queues together are over the bounds, and
   * resumes the paused ones when the queues are at half. Call it whenever queues have changed.
   *
   * A partition with an empty queue resumes immediately: slow partitions must not delay it.
   */
  balance(): void {
    const { records, bytes } = this.#queued();
    const isFull = records >= this.#bounds.records || bytes >= this.#bounds.bytes;
    const isLow = records <= this.#bounds.records / 2 && bytes <= this.#bounds.bytes / 2;
    this.#setPaused((work) => isFull && !work.isPaused && work.queue.count > 0, true);
    this.#setPaused((work) => work.isPaused && (isLow || work.queue.count === 0), false);
  }

  /** Pauses all partitions before a stop. */
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

/**
 * The fields of the client's batch that show where it was fetched. The types of kafkajs omit
 * `fetchedOffset`.
 */
type FetchedBatch = TopicPartition & { readonly fetchedOffset?: unknown; lastOffset(): string };

type Taken =
  | { readonly kind: 'next' }
  /** Fetched for an earlier assignment, or before the starting offset was known. Its records come again. */
  | { readonly kind: 'stale' }
  /** Fetched from an offset that was not requested. */
  | { readonly kind: 'elsewhere'; readonly expected: bigint }
  /** The records in between no longer exist, and the client continued with the oldest record. */
  | { readonly kind: 'reset'; readonly expected: bigint; readonly continuedAt: bigint };

type Place = { next: bigint; hasBegun: boolean; seeks: number };

/**
 * How often we seek again before we accept the client's offset. The client skips records that it filters
 * out, so its first offset can rightly be a later one.
 */
const mostSeeks = 3;

/**
 * The partitions of one generation and the next offset to read of each.
 *
 * After a join, the client may still deliver a batch that it fetched for the previous generation. To take
 * it would skip all records between the committed offset and that batch. So the first batch of a partition
 * must have been fetched at the starting offset (`begin`). If it was not, the caller seeks again, at most
 * `mostSeeks` times. From the first accepted batch on, the client's position is trusted.
 */
export class Holding {
  readonly generation: number;
  readonly partitions: readonly TopicPartition[];
  /** A rebalance has begun: no more batches are taken, but finished work may still be committed. */
  isOver = false;
  readonly #held: ReadonlySet<string>;
  readonly #places = new Map<string, Place>();

  constructor(generation: number, partitions: readonly TopicPartition[]) {
    this.generation = generation;
    this.partitions = partitions;
    this.#held = new Set(partitions.map(partitionKey));
  }

  begin(offsets: readonly PartitionOffset[]): void {
    for (const at of offsets) {
      this.#places.set(partitionKey(at), { next: at.offset, hasBegun: false, seeks: 0 });
    }
  }

  /** Returns those of the given partitions that are assigned. */
  only<T extends TopicPartition>(partitions: readonly T[]): T[] {
    return partitions.filter((at) => this.#held.has(partitionKey(at)));
  }

  take(batch: FetchedBatch, wasOutOfRange: boolean): Taken {
    const place = this.#places.get(partitionKey(batch));
    if (place === undefined) return { kind: 'stale' };
    const expected = place.next;
    const fetchedAt = BigInt(String(batch.fetchedOffset));
    const isElsewhere = !place.hasBegun && !wasOutOfRange && fetchedAt !== expected;
    if (isElsewhere && place.seeks < mostSeeks) {
      place.seeks += 1;
      return { kind: 'elsewhere', expected };
    }
    place.hasBegun = true;
    place.next = BigInt(batch.lastOffset()) + 1n;
    return wasOutOfRange ? { kind: 'reset', expected, continuedAt: fetchedAt } : { kind: 'next' };
  }
}

/** The approximate memory of a record besides its key and value. */
const recordOverheadBytes = 200;

export function recordBytes({ key, value }: ConsumedRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + recordOverheadBytes;
}

/**
 * A first-in, first-out queue. `take` moves a head index instead of shifting the array; the array is
 * trimmed now and then.
 */
class RecordQueue {
  #records: (ConsumedRecord | undefined)[] = [];
  #head = 0;
  #bytes = 0;

  add(records: readonly ConsumedRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += recordBytes(record);
    }
  }

  take(): ConsumedRecord | null {
    const record = this.#records[this.#head];
    if (record === undefined) return null;
    this.#records[this.#head] = undefined;
    this.#head += 1;
    this.#bytes -= recordBytes(record);
    if (this.#head > 512 && this.#head * 2 > this.#records.length) {
      this.#records = this.#records.slice(this.#head);
      this.#head = 0;
    }
    return record;
  }

  peek(): ConsumedRecord | null {
    return this.#records[this.#head] ?? null;
  }

  get count(): number {
    return this.#records.length - this.#head;
  }

  get bytes(): number {
    return this.#bytes;
  }
}

/**
 * Tracks the unfinished records of one partition and knows which offset can be committed.
 *
 * Records finish in any order. The committable offset is that of the oldest unfinished record, or the next
 * offset if all are finished. Offsets may have gaps (compaction, transaction markers). A committed offset is
 * the next one to read.
 */
export class OffsetTracker {
  readonly #inWork = new Set<bigint>(); // insertion order: the first entry is the oldest
  #next: bigint;

  constructor(committed: bigint) {
    this.#next = committed;
  }

  start(offset: bigint): void {
    assert(offset >= this.#next, `offset ${offset} started after ${this.#next}`);
    this.#inWork.add(offset);
    this.#next = offset + 1n;
  }

  finish(offset: bigint): void {
    assert(this.#inWork.delete(offset), `offset ${offset} was not in work`);
  }

  /** The offset to commit: every record below it is finished. */
  get committable(): bigint {
    return this.oldest ?? this.#next;
  }

  /** The oldest unfinished record; null when there is none. */
  get oldest(): bigint | null {
    for (const offset of this.#inWork) return offset;
    return null;
  }

  /** The next offset to be started. */
  get next(): bigint {
    return this.#next;
  }

  get inWorkCount(): number {
    return this.#inWork.size;
  }
}

/** What of one generation may be committed, and what is to be reported when it was. */
export type Committable = {
  readonly generation: number;
  readonly offsets: readonly PartitionOffset[];
  readonly onCommitted: () => void;
};
