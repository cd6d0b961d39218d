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

/** Where one partition stands. */
export type PartitionPosition = {
  readonly topic: string;
  readonly partition: number;
  /** The group's offset as far as we committed it, or began at. */
  readonly committed: bigint;
  /** The next offset to be started. */
  readonly next: bigint;
  /** The oldest record that was read and has no disposition; null when there is none. */
  readonly oldestOffset: bigint | null;
  readonly oldestTimestampMs: number | null;
  /** Records read and not yet started, records started and not yet finished. */
  readonly queuedCount: number;
  readonly inWorkCount: number;
  /** The end of the partition when it was read last; null before the first batch. */
  readonly highWatermark: bigint | null;
};

/** One partition of one generation: what was read, what is in work, what may be committed. */
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

  /** `isCommitted`: whether the group's offset is surely where this begins. */
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

  /** What may be committed now; null when that is committed already. */
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

/** As much of the client's batch as is needed to know where it belongs. `fetchedOffset` is not in its types. */
type FetchedBatch = TopicPartition & { readonly fetchedOffset?: unknown; lastOffset(): string };

export type Taken =
  | { readonly kind: 'next' }
  /** Fetched for an earlier assignment, or before we knew where to begin. Its records come again. */
  | { readonly kind: 'stale' }
  /** Fetched from a place where we did not ask to begin. */
  | { readonly kind: 'elsewhere'; readonly expected: bigint }
  /** The records between are gone, and the client went on with the oldest there is. */
  | { readonly kind: 'reset'; readonly expected: bigint; readonly continuedAt: bigint };

type Place = { next: bigint; hasBegun: boolean; seeks: number };

/** How often the client is told again where to begin, before its own idea is taken (it skips what it filters out). */
const mostSeeks = 3;

/**
 * The partitions of one generation and how far each was read.
 *
 * After joining, a batch fetched for the former generation may still be delivered: taking it would skip everything
 * between the committed offset and that batch.
 */
export class Holding {
  readonly generation: number;
  readonly partitions: readonly TopicPartition[];
  /** A rebalance has begun: nothing more is taken, what is finished may still be committed. */
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

  /** Those of the given partitions that are held. */
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

/** Roughly what a record costs beside its key and value. */
const recordOverheadBytes = 200;

export function recordBytes({ key, value }: ConsumedRecord): number {
  return (key?.length ?? 0) + (value?.length ?? 0) + recordOverheadBytes;
}

/** First in, first out, without moving what is behind. */
export class RecordQueue {
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

/** What of one generation may be committed, and what is to be told when it was. */
export type Committable = {
  readonly generation: number;
  readonly offsets: readonly PartitionOffset[];
  readonly onCommitted: () => void;
};
