import { assert } from './invariant.ts';

/**
 * Follows one partition's records in work and knows how far it is safe to commit.
 *
 * Offsets may have gaps (compaction, transaction markers). A committed offset is the next one to read.
 */
export class OffsetTracker {
  readonly #inWork = new Set<bigint>(); // insertion order, so its first entry is the oldest
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

  /** The offset to commit: every record below it has its disposition. */
  get committable(): bigint {
    return this.oldest ?? this.#next;
  }

  /** The oldest record without a disposition; null when none is in work. */
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
