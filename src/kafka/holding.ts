import { type PartitionOffset, partitionKey, type TopicPartition } from './broker.ts';

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
