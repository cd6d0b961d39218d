import type { Alarm } from './alarm.ts';
import type { CanaryFlight } from './canary.ts';
import type { JsonObject } from './json.ts';
import type { Learner, Qualification, Review } from './learner.ts';
import type { JournalEntry } from './ledger.ts';
import type { Link } from './link.ts';
import type { Observation } from './observation.ts';
import type { Organisation, Owner } from './owner.ts';
import type { Note } from './step.ts';
import type { VendorName } from './vendor-name.ts';

/** A vendor record, identified as in the key of its topic; or a link or an answer (`keyOf` in `reconciling`). */
export type ItemKey = { readonly vendor: string; readonly entity: string; readonly vendorId: string };

/** The newest observation applied for one vendor record (G-4). */
export type AppliedItem = ItemKey & {
  /** Vendor read time in milliseconds. */
  readonly readAtMs: number;
  /** Keyed digest of the record's content; null for a deletion. */
  readonly digest: string | null;
  /** What of it later decisions about the record compare with; null = nothing. */
  readonly shown: JsonObject | null;
};

/**
 * A record that has to wait: for an upload to be answered, a row that a user of PICS has locked, another record.
 *
 * It is parked in PICS, in the transaction that moves the place behind it, so nothing waits behind it and nothing is
 * lost. One is kept for each vendor record: the newest. It is tried again from there.
 */
export type ParkedItem = ItemKey & {
  readonly record: ReconcileRecord;
  /** Why it waits: the number of a rule, or `PICS_LOCKED`. */
  readonly code: string;
};

/** `waitedMs`: since it was parked first, by the clock of PICS. */
export type ParkedRecord = ReconcileRecord & { readonly waitedMs: number };

/**
 * What one transaction has to tell the sync database: held items, lines of the journal, links that PICS shows now,
 * alarms.
 *
 * It is kept with the place, in the same transaction, and handed over after the commit. The process that takes the partition over after
 * a kill hands it over (once more): the id makes the second time nothing.
 */
export type Report = {
  readonly id: string;
  readonly holds: readonly (Pick<ReconcileHold, 'subject' | 'code' | 'params'> & {
    readonly ident: string;
  })[];
  readonly lines: readonly (JournalEntry & { readonly ident: string })[];
  /** Beside what the lane notes already; the looks of the vendor's rules end them (G-10). */
  readonly notes: readonly (Note & { readonly ident: string })[];
  readonly copied: readonly Pick<Link, 'vendor' | 'centre' | 'kind' | 'picsId' | 'vendorId'>[];
  readonly alarms: readonly Alarm[];
};

/** Whose report it is. `source`: the partition. Answers of commands are of no vendor, and bring alarms alone. */
export type ReportSource = {
  readonly source: string;
  readonly vendor: VendorName | null;
  readonly centre: string | null;
};

export function toItemKey({ vendor, entity, vendorId }: ItemKey): string {
  return `${vendor} ${entity} ${vendorId}`;
}

/** A partition of a vendor topic and the epoch of its owner. A write with an older epoch changes nothing. */
export type Place = { readonly topic: string; readonly partition: number; readonly epoch: number };

/**
 * The learner rows that an item concerns: they are read and locked. Other rows are not read, to save time.
 *
 * `own`: the learner's own row, locked only if its columns may be written.
 */
export type LearnerRows = 'own' | 'episode' | 'details' | 'qualifications' | 'reviews';

export type RowsQuery = {
  readonly idents: readonly string[];
  /** Officer codes. Their rows are read and stay locked. */
  readonly officers: readonly string[];
  readonly organisations: readonly string[];
  /** Whose newest observation, and whose parked record, is read. */
  readonly items: readonly ItemKey[];
  /** The learner rows to read. They stay locked until the transaction ends. */
  readonly parts: readonly LearnerRows[];
};

/** The PICS rows that a batch concerns. Learners have their own fields and the rows that were asked for. */
export type Rows = {
  readonly learners: ReadonlyMap<string, Learner>;
  /** Existing officers and organisations by lane. */
  readonly owners: ReadonlyMap<string, Owner>;
  /** By `toItemKey`. */
  readonly newest: ReadonlyMap<string, AppliedItem>;
  /** What the clock of PICS says. */
  readonly nowMs: number;
  /** By `toItemKey`: when the vendor was read for the record that is parked; null where it says no such time. */
  readonly parked: ReadonlyMap<string, number | null>;
};

/** The answer to a user command, written to its row of `picsync.request`. `result` is JSON text. */
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

/**
 * One transaction of the PICS database. Rows, offset and newest observations commit together or not at all.
 */
export type ReconcileTransaction = {
  readRows(query: RowsQuery): Promise<Rows>;
  /** Lanes of the query (learners, officers, organisations) of which another session has a row locked. Never waits. */
  readLocked(query: RowsQuery): Promise<ReadonlySet<string>>;
  applyActions(actions: readonly RowAction[]): Promise<void>;
  applyAnswers(answers: readonly RequestAnswer[]): Promise<void>;
  /** Writes the canary's row. `receivedAtMs`: by the clock of this process. */
  applyCanary(flight: CanaryFlight, receivedAtMs: number): Promise<void>;
  /** `fenced`: another process owns the partition now; the transaction must not commit. */
  recordApplied(applied: Applied): Promise<'recorded' | 'fenced'>;
};

/** What a transaction leaves beside the rows. */
export type Applied = {
  readonly place: Place;
  /** Null: the place stays; only parked records were tried again. */
  readonly nextOffset: bigint | null;
  readonly items: readonly AppliedItem[];
  readonly parked: readonly ParkedItem[];
  /** Whose parked record is settled. */
  readonly unparked: readonly ItemKey[];
  /** Takes the place of the last one, which was handed over before this transaction began. */
  readonly report: Report | null;
};

export type TransactionResult<R> =
  | { readonly kind: 'ended'; readonly value: R }
  /** PICS refuses a value, and would refuse it again. `code` is the SQLSTATE. */
  | { readonly kind: 'refused'; readonly code: string }
  /** In the way of another session (lock, deadlock, serialisation failure, statement cancelled): try again. */
  | { readonly kind: 'collided'; readonly code: string };

/**
 * Calls `run` in one transaction and commits if `commit` is true. `run` may be called a second time from the
 * beginning.
 */
export type WithReconcileTransaction = <R>(
  run: (transaction: ReconcileTransaction) => Promise<{ readonly commit: boolean; readonly value: R }>,
) => Promise<TransactionResult<R>>;

type ReviewFields = Omit<Review, 'id'>;
type CounterFields = Pick<
  Qualification,
  | 'registrationNumber'
  | 'registeredOn'
  | 'certificateAppliedOn'
  | 'certificateReceivedOn'
  | 'elementsTotal'
  | 'elementsDone'
>;

/** The learner fields that may be written: no key, and not the ULN, which only a user may change. */
/** The address is written as a whole: all four lines or none. */
export type LearnerFields = Pick<
  Learner,
  | 'firstName'
  | 'surname'
  | 'birthDate'
  | 'email'
  | 'phone'
  | 'mobile'
  | 'niNumber'
  | 'sex'
  | 'ethnicity'
  | 'disability'
  | 'address'
  | 'postcode'
>;
type OfficerOwner = Extract<Owner, { readonly kind: 'officer' }>;
export type OfficerFields = Pick<OfficerOwner, 'firstName' | 'surname' | 'email' | 'phone' | 'mobile'>;
/** The same here. */
export type OrganisationFields = Omit<Organisation, 'code' | 'externalId' | 'edrs' | 'headCount'>;

/**
 * A change the reconciler makes to a row of PICS. It writes only columns that a rule names and never
 * deletes.
 */
export type RowAction =
  | {
      readonly kind: 'update-qualification';
      readonly ident: string;
      readonly reference: string;
      readonly seq: number;
      readonly set: Partial<CounterFields>;
    }
  | {
      readonly kind: 'insert-review';
      readonly id: string;
      readonly ident: string;
      readonly fields: ReviewFields;
    }
  | { readonly kind: 'update-review'; readonly id: string; readonly set: Partial<ReviewFields> }
  | {
      readonly kind: 'update-learner';
      readonly ident: string;
      readonly set: Partial<LearnerFields>;
    }
  /** SA-4. */
  | { readonly kind: 'set-risk'; readonly ident: string; readonly risk: string }
  | { readonly kind: 'update-officer'; readonly code: string; readonly set: Partial<OfficerFields> }
  | {
      readonly kind: 'update-organisation';
      readonly code: string;
      readonly set: Partial<OrganisationFields>;
    }
  | {
      readonly kind: 'set-learner-id';
      readonly ident: string;
      /** Null empties the column, because the link was removed. */
      readonly vendorId: string | null;
      /** Written when the column is blank (OF-23), and left alone when the id is removed. */
      readonly activePortfolio: 'O' | 'S';
    }
  | { readonly kind: 'set-officer-id'; readonly code: string; readonly vendorId: string | null }
  | { readonly kind: 'set-organisation-id'; readonly code: string; readonly vendorId: string | null };

/** The decision about one observation or link. The `code` of `ignore` names the rule. */
export type RowDecision =
  | { readonly kind: 'write'; readonly actions: readonly RowAction[] }
  /** `noted`: the subject of a note with the same code, where only the reconciler can find it out (G-10). */
  | { readonly kind: 'ignore'; readonly code: string; readonly noted?: string }
  | {
      readonly kind: 'hold';
      readonly subject: string;
      readonly code: string;
      readonly params: Readonly<Record<string, string>>;
      /** What is written all the same: one field that waits for a person keeps no other from its place (D-17). */
      readonly actions?: readonly RowAction[];
    }
  /**
   * Not decidable yet (an upload of the learner is unanswered, OF-53): the record is parked and decided again.
   * `heldAs`: how it is held when it has waited for a quarter of an hour; absent: it waits as long as it takes.
   */
  | {
      readonly kind: 'wait';
      readonly code: string;
      readonly heldAs?: Pick<ReconcileHold, 'subject' | 'code' | 'params'>;
    };

/** What a record of the reconciler's topics says, after decoding. */
export type ReconcileItem =
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'link'; readonly link: Link; readonly removed: boolean }
  | { readonly kind: 'request-result'; readonly answer: RequestAnswer }
  | { readonly kind: 'canary'; readonly flight: CanaryFlight }
  | { readonly kind: 'tombstone' }
  /** Not readable. `reason` is a code; the bytes are never shown. */
  | { readonly kind: 'malformed'; readonly reason: string };

export type ReconcileRecord = {
  readonly offset: bigint;
  /** When the broker took it. */
  readonly timestampMs: number;
  /** Of a tombstone that is read through (`readItemsThrough`): whose it is. */
  readonly key?: string;
  readonly item: ReconcileItem;
};

/** A record that waits for a person. `params` may hold personal data: never logged. */
export type ReconcileHold = {
  readonly offset: bigint;
  readonly item: ReconcileItem;
  readonly ident: string | null;
  readonly subject: string;
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
};

/** What became of one record. */
export type SettledRecord = {
  readonly record: ReconcileRecord;
  readonly ident: string | null;
  /** `unchanged`: PICS held it already. `code`: the rule or reason for everything but a write. */
  readonly outcome: 'written' | 'unchanged' | 'ignored' | 'held' | 'answered' | 'parked' | 'returned';
  readonly code: string | null;
  /** What was written for it; one that is held may have other fields that are written all the same (D-17). */
  readonly written: readonly RowAction[];
};
