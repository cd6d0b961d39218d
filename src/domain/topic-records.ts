import type { Change, ChangeEntity, Fields } from './change.ts';
import type { ReconcileRecord } from './rows.ts';

/* What the port of the topics hands on, and what is asked of it. */

/** A record of a captured table, after decoding. `reason` is a code without content. */
export type DecodedChange =
  | { readonly kind: 'change'; readonly change: Change }
  /** G-12: which row has changed, and why no more is known. */
  | {
      readonly kind: 'key-only';
      readonly entity: ChangeEntity;
      readonly key: Fields;
      readonly reason: string;
    }
  /** The tombstone that follows a deletion. It carries no information. */
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'malformed'; readonly reason: string };

/** Which changes a group reads, and how much of them may be in work. */
export type ChangeSubscription = {
  /** Name within this installation: `onefile.outbound`. */
  readonly group: string;
  /** Captured tables by their names in PICS; `request` is the table of commands, `canary` that of the canary. */
  readonly tables: readonly string[];
  readonly maxInWork?: number;
  readonly maxInWorkBytes?: number;
  readonly commitIntervalMs?: number;
  /** How long work in hand may take to end after a stop, milliseconds. */
  readonly drainMs?: number;
  /** A record could not be read and its place is in the dead letters. */
  readonly onBuried?: (reason: string) => void;
};

/** Records of one partition, in their order. */
export type ItemBatch = {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly records: readonly ReconcileRecord[];
};

/**
 * Where a reading of topics begins. `time`: with the first record at or after it, in each partition. `offsets`: with
 * these; partitions that are not listed are not read. A topic is named as for the reading: a captured table, or what
 * `consumeItems` takes.
 */
export type ReadStart =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'time'; readonly atMs: number }
  | {
      readonly kind: 'offsets';
      readonly offsets: readonly {
        readonly topic: string;
        readonly partition: number;
        readonly offset: bigint;
      }[];
    };

/** What a reading found of one partition. Offsets are those of the next record to read. */
export type PartitionReading = {
  /** As it was named for the reading. */
  readonly topic: string;
  readonly partition: number;
  /** The oldest offset that there was when the reading began. */
  readonly low: bigint;
  /** Where the reading was to begin. */
  readonly start: bigint;
  /** The high watermark when the reading began: nothing from there on was handed on. */
  readonly end: bigint;
  /** Records that were read, those that cannot be read included. Compaction leaves fewer than offsets. */
  readonly count: number;
  readonly unreadable: number;
  /** Records that the start asked for do not exist any more, other than by compaction. */
  readonly isBeginningDeleted: boolean;
};

/** Where a record lies. */
export type RecordPlace = {
  /** As it was named for the reading. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
};
