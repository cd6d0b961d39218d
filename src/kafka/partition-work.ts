import type { ConsumedRecord } from '../contract/consumed-record.ts';
import { OffsetTracker } from '../core/offset-tracker.ts';
import type { PartitionOffset } from './broker.ts';
import { RecordQueue } from './record-queue.ts';

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
