import type { Learner } from './learner.ts';
import type { Owner } from './owner.ts';
import type { RowAction } from './row-action.ts';

/** A vendor record as its topic's key names it. */
export type ItemKey = { readonly vendor: string; readonly entity: string; readonly vendorId: string };

/** The newest observation applied for one vendor record (G-4). */
export type AppliedItem = ItemKey & {
  /** Vendor read time in milliseconds. */
  readonly readAtMs: number;
  /** Keyed digest of the record's content; null for a deletion. */
  readonly digest: string | null;
};

export function toItemKey({ vendor, entity, vendorId }: ItemKey): string {
  return `${vendor} ${entity} ${vendorId}`;
}

/** A partition of a vendor topic in the hands of one owner. A write with an older epoch changes nothing. */
export type Place = { readonly topic: string; readonly partition: number; readonly epoch: number };

/**
 * Rows of a learner that an item is about: read and locked. Of other kinds none are read, to save the time.
 *
 * `own`: the learner's own row, locked only where its columns may be written.
 */
export type LearnerRows = 'own' | 'details' | 'qualifications' | 'reviews';

export type RowsQuery = {
  readonly idents: readonly string[];
  /** Codes. Their rows are read and stay locked. */
  readonly officers: readonly string[];
  readonly organisations: readonly string[];
  readonly items: readonly ItemKey[];
  /** What of the learners is read, and stays locked until the transaction ends. */
  readonly parts: readonly LearnerRows[];
};

/** What PICS holds of everything a batch concerns. Of learners: their own fields, and the rows that were asked for. */
export type Rows = {
  readonly learners: ReadonlyMap<string, Learner>;
  /** By lane, officers and organisations that exist. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** By `toItemKey`. */
  readonly newest: ReadonlyMap<string, AppliedItem>;
};

/** What becomes of a user command, for its row of `picsync.request`. `result` is JSON text. */
export type RequestAnswer = {
  readonly id: string;
  readonly status: 'working' | 'done' | 'refused' | 'failed' | 'held' | 'skipped';
  readonly code: string | null;
  readonly message: string | null;
  readonly result: string | null;
  readonly attempts: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
};

/** One transaction of the PICS database: rows, offset and newest observations commit together or not at all. */
export type ReconcileTransaction = {
  readRows(query: RowsQuery): Promise<Rows>;
  applyActions(actions: readonly RowAction[]): Promise<void>;
  applyAnswers(answers: readonly RequestAnswer[]): Promise<void>;
  /** `fenced`: somebody else owns the partition by now; the transaction must not commit. */
  recordApplied(applied: {
    readonly place: Place;
    readonly nextOffset: bigint;
    readonly items: readonly AppliedItem[];
  }): Promise<'recorded' | 'fenced'>;
};

export type TransactionResult<R> =
  | { readonly kind: 'ended'; readonly value: R }
  /** PICS refuses a value: the same rows fail again. `code` is the SQLSTATE. */
  | { readonly kind: 'refused'; readonly code: string }
  /** Two transactions stood in each other's way: do it again. */
  | { readonly kind: 'collided'; readonly code: string };

/** Runs in one transaction and commits when `commit` says so. `run` may be called a second time from the beginning. */
export type WithReconcileTransaction = <R>(
  run: (transaction: ReconcileTransaction) => Promise<{ readonly commit: boolean; readonly value: R }>,
) => Promise<TransactionResult<R>>;
