import type { Alarm, AlarmChoice, OpenAlarm } from './alarm.ts';
import type { CanaryFlight } from './canary.ts';
import type { CatalogueRow, CatalogueScope } from './catalogue.ts';
import type { Renaming, RenamingFacts } from './change.ts';
import type { DifferenceStore } from './difference.ts';
import type { Enrolment, KeptEnrolment } from './enrolment.ts';
import type { Acted, HeldChoice, HeldCount, HeldFilter, HeldRow, Retried, RetryAct } from './held.ts';
import type { JsonObject } from './json.ts';
import type { Learner } from './learner.ts';
import type { Due, LaneKey, Ledger, Postponed, Renamed } from './ledger.ts';
import type { ConflictingLink, Link, LinkScope, NewLink, SharedRecord } from './link.ts';
import type { Observation, Shadow } from './observation.ts';
import type { Owner, OwnerKey, OwnerKind } from './owner.ts';
import type {
  Claimant,
  LearnerStanding,
  Person,
  UsedBy,
  UsedOwner,
  UsedOwners,
  VendorLearner,
} from './people.ts';
import type { PassForecast, PollRuns, PollStore } from './polling.ts';
import type { Priority } from './priority.ts';
import type { FutureDate, StartedLearner, UndatedReview } from './report.ts';
import type { RequestRow } from './request.ts';
import type {
  ParkedRecord,
  Place,
  Report,
  ReportSource,
  RequestAnswer,
  Rows,
  RowsQuery,
  SettledRecord,
  WithReconcileTransaction,
} from './rows.ts';
import type { RunStore } from './run.ts';
import type { PollLearner } from './schedule.ts';
import type { FieldState } from './step.ts';
import type {
  ChangeSubscription,
  DecodedChange,
  ItemBatch,
  PartitionReading,
  ReadStart,
  RecordPlace,
} from './topic-records.ts';
import type { UserStore } from './user.ts';
import type { VendorName } from './vendor-name.ts';
import type { Disabling, Enabling, VendorState } from './vendor-state.ts';

/*
 * What the flows stand on. A flow receives these objects and calls them by name. Each has one real implementation in
 * its adapter's folder and one in memory for tests; both pass the same contract suite.
 */

/** Time and chance, so that a test can decide about both. */
export type Clock = {
  /** Milliseconds since 1970 by this machine's clock, which may be set forward or back at any time. */
  nowMs(): number;
  /** Milliseconds by a clock that is never set: only the difference of two readings means something. */
  steadyMs(): number;
  /** Resolves after the delay, or as soon as the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number in [0, 1). */
  chance(): number;
};

/** Where a vendor's ids stand in PICS: which column of learners and reviews, and how the active portfolio is named. */
export type VendorColumns = {
  readonly learner: 'oneFileId' | 'smartAssessorId';
  readonly review: 'oneFileId' | 'smartAssessorId';
  readonly activePortfolio: 'O' | 'S';
};

/** The PICS database. `txIds` are transactions that a read must see: those of the events that caused it. */
export type Pics = {
  /** One consistent read of everything of a learner; null when the learner is gone. */
  readLearner(query: { readonly ident: string; readonly txIds: readonly number[] }): Promise<Learner | null>;
  readOwner(query: { readonly key: OwnerKey; readonly txIds: readonly number[] }): Promise<Owner | null>;
  /** Whose review this is; null when the review is gone. */
  readIdentOfReview(id: string): Promise<string | null>;
  /** Codes of review types with the Normal flag. */
  readNormalReviewTypes(): Promise<readonly string[]>;
  /** Names of officers or organisations, by code. */
  readOwnerNames(kind: OwnerKind, codes: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Learners with an id in the vendor's column, checked or not. */
  readVendorLearners(column: VendorColumns['learner']): Promise<readonly VendorLearner[]>;
  /** Learners with what identifies them; null = all of them, for the first match. */
  readPersons(column: VendorColumns['learner'], idents: readonly string[] | null): Promise<readonly Person[]>;
  /** Learners who share the ULN, the NI number or the birth date with one (SA-10). */
  readPersonsLike(
    column: VendorColumns['learner'],
    known: Pick<Person, 'uln' | 'niNumber' | 'birthDate'>,
  ): Promise<readonly Person[]>;
  /** Records whose id column holds this id, in the order of their codes (D-7). */
  readClaimants(
    kind: 'learner' | OwnerKind,
    column: VendorColumns['learner'],
    vendorId: string,
  ): Promise<readonly Claimant[]>;
  /** Reviews that show one of these vendor ids, of any learner (D-15). */
  readReviewHolders(
    column: VendorColumns['review'],
    vendorIds: readonly string[],
  ): Promise<readonly ReviewHolder[]>;
  /** All officers or all organisations; with codes, those of them that PICS has. */
  readOwners(kind: OwnerKind, codes: readonly string[] | null): Promise<readonly UsedOwner[]>;
  /** Null when PICS has no columns that say where learners stand. */
  readLearnerStandings(idents: readonly string[]): Promise<readonly LearnerStanding[] | null>;
  readUsedOwners(idents: readonly string[]): Promise<UsedOwners>;
  /** Reviews of these types without a vendor id, by the officer who would hold them: its own, else the main officer. */
  countNewReviews(of: {
    readonly idents: readonly string[];
    readonly types: readonly string[];
    readonly column: VendorColumns['review'];
  }): Promise<readonly { readonly officer: string | null; readonly count: number }[]>;
  /** References of qualifications in use, sorted. */
  readUsedReferences(usedBy: UsedBy): Promise<readonly string[]>;
  /**
   * Learners with one of these status letters who have begun by a day, by ident. Null when PICS has no column that says
   * where learners stand, or when they began.
   */
  readStartedLearners(of: {
    readonly letters: readonly string[];
    readonly onDate: string;
  }): Promise<readonly StartedLearner[] | null>;
  /** Reviews of these learners without a proposed date, by ident and id; null when PICS has no such column. */
  readUndatedReviews(idents: readonly string[]): Promise<readonly UndatedReview[] | null>;
  /** Actual dates of these learners after a moment in London, `YYYY-MM-DDTHH:MM:SS`, by ident. */
  readFutureDates(of: {
    readonly idents: readonly string[];
    readonly after: string;
  }): Promise<readonly FutureDate[]>;
  /** Rows of the desktop product's settings table, by name (OF-6). */
  readDesktopSettings(
    names: readonly string[],
  ): Promise<readonly { readonly name: string; readonly value: string | null }[]>;
  /** The row of a command; null when it is gone. `txIds`: transactions that the read must see before it says so. */
  readRequest(id: string, txIds?: readonly number[]): Promise<RequestRow | null>;
  /** Commands that have not ended, oldest first. */
  readOpenRequests(vendor: VendorName): Promise<readonly RequestRow[]>;
  /** Commands about these learners that ended held. */
  readHeldRequests(
    vendor: VendorName,
    idents: readonly string[],
  ): Promise<readonly { readonly id: string; readonly kind: string; readonly ident: string }[]>;
  /** Lanes of learners with a row in a captured table; of those of officers and organisations, theirs. */
  readLanesOf(table: string): Promise<ReadonlySet<string>>;
  /**
   * Has rows of a captured table come into its topic again, as snapshot rows, some time after this resolves. `lanes`: of
   * these learners, officers or organisations, at least; null = all.
   */
  requestSnapshot(wanted: {
    readonly table: string;
    readonly lanes: readonly string[] | null;
  }): Promise<void>;
  /** Takes a partition over: earlier owners' writes count no more. */
  claimPlace(topic: string, partition: number): Promise<Claim>;
  /** Records that wait in PICS, in the order of their offsets, from after this one. None when the epoch is an old one. */
  readParked(
    place: Place,
    page: { readonly afterOffset: bigint; readonly limit: number },
  ): Promise<readonly ParkedRecord[]>;
  /** The rows as a transaction of the reconciler would read them, all of one moment. Nothing is locked. */
  readRows(query: RowsQuery): Promise<Rows>;
  /** Transactions whose writes carry the origin mark of the vendor (G-6). */
  openTransactions(vendor: VendorName): WithReconcileTransaction;
};

/** A review of PICS that shows a vendor id. */
export type ReviewHolder = { readonly id: string; readonly ident: string; readonly vendorId: string };

export type Claim = {
  readonly epoch: number;
  /** Null: nothing was applied yet; begin with the oldest record. */
  readonly nextOffset: bigint | null;
  /** What the last transaction had to report to the sync database, if anything. It may have been recorded already. */
  readonly report: Report | null;
};

/** This process's place among those that send. */
export type Worker = {
  /** Written into every intent this process sends. Never used twice until the sequence wraps after 2 billion. */
  readonly worker: number;
  /** Aborts when the session ends: from then on others may take this worker's open intents for unknown. */
  readonly lost: AbortSignal;
  close(): Promise<void>;
};

export type CentreScope = { readonly vendor: VendorName; readonly centre: string };
/** A page in the order of the ids: what comes after one, so many at most. */
type AfterIdent = { readonly afterIdent: string | null; readonly limit: number };

/** The sync database, one group a subject. */
export type Store = {
  readonly ledger: Ledger;
  /** Takes a place among those that send. */
  joinAsWorker(): Promise<Worker>;
  /** Lanes with an open intent or enrolment, in their order. */
  readUnsettledIdents(vendor: VendorName, page: AfterIdent): Promise<readonly string[]>;
  readonly links: {
    readByVendorIds(scope: LinkScope, vendorIds: readonly string[]): Promise<readonly Link[]>;
    readByPicsIds(scope: LinkScope, picsIds: readonly string[]): Promise<readonly Link[]>;
    readLearners(scope: CentreScope, page: AfterIdent): Promise<readonly VendorLearner[]>;
    /** Codes of linked officers or organisations. */
    readOwners(
      scope: LinkScope & { readonly kind: OwnerKind },
      page: { readonly afterCode: string | null; readonly limit: number },
    ): Promise<readonly string[]>;
    /** Records that several officers are linked to (D-8). */
    readShared(scope: LinkScope & { readonly kind: OwnerKind }): Promise<readonly SharedRecord[]>;
    count(scope: LinkScope): Promise<number>;
    /** Makes links outside of an outcome; answers those that were not made (G-2). */
    record(links: readonly NewLink[]): Promise<readonly ConflictingLink[]>;
    /** Links records that the vendor showed under the very id PICS has (G-2); answers how many were made. */
    recordSeen(links: readonly Omit<NewLink, 'replaces'>[]): Promise<number>;
    /** moves what is known of a record to its new key, or to the one that it was given after that. */
    rename(scope: CentreScope, renaming: Renaming, facts: RenamingFacts): Promise<Renamed>;
  };
  readonly held: {
    /** Oldest first. */
    list(filter?: HeldFilter): Promise<readonly HeldRow[]>;
    /** Closes items so that they are tried once more; given again for the same request it names the same items. */
    retry(choice: HeldChoice, act: RetryAct): Promise<readonly Retried[]>;
    /** Null: the item is not open. */
    skip(id: string, act: { readonly reason: string; readonly by: string }): Promise<Acted | null>;
    /** Learners with an open item that names this officer or organisation. */
    readIdentsFor(
      vendor: VendorName,
      param: { readonly name: 'officer' | 'place'; readonly value: string },
    ): Promise<readonly string[]>;
    /** Lanes of learners, officers and organisations with an item that waits for a person. */
    readLanes(vendor: VendorName): Promise<readonly string[]>;
    /** What waits for a person, by reason, most frequent first. */
    countByReason(): Promise<readonly HeldCount[]>;
  };
  readonly enrolments: {
    /** Null when none was accepted for this request. */
    read(id: string): Promise<KeptEnrolment | null>;
    /** Keeps an accepted plan, in the place of an older open one of the learner. */
    open(lane: LaneKey, enrolment: Pick<Enrolment, 'id' | 'plan'>): Promise<void>;
    /** False: the learner has no open enrolment. */
    correct(lane: LaneKey, correct: (plan: JsonObject) => JsonObject): Promise<boolean>;
  };
  /** Fields of a centre that the vendor was found to keep, or not to keep (D-16). */
  readonly fields: {
    list(scope: CentreScope): Promise<readonly FieldState[]>;
    /** Forgets what is known of a field, so that it is tried again. False: nothing was. */
    forget(scope: CentreScope, field: string): Promise<boolean>;
  };
  readonly postponed: {
    /** Leaves a record of a learner alone for so long, counted from now. */
    add(postponed: Postponed): Promise<void>;
    readDue(vendor: VendorName, limit: number): Promise<readonly Due[]>;
    forgetDue(vendor: VendorName, due: Due): Promise<void>;
  };
  readonly catalogue: {
    read(scope: CatalogueScope): Promise<readonly CatalogueRow[]>;
    /** Puts a new list in the place of the old one at once. */
    replace(scope: CatalogueScope, rows: readonly CatalogueRow[]): Promise<void>;
  };
  readonly vendors: {
    readState(vendor: VendorName): Promise<VendorState>;
    /** A command with a later place in `asked` may have switched meanwhile: then nothing changes. */
    enable(enabling: Enabling): Promise<'enabled' | 'superseded'>;
    /** `was-disabled`: nothing was on; that this command came is kept all the same. */
    disable(disabling: Disabling): Promise<'disabled' | 'was-disabled' | 'superseded'>;
    /** Wants a full synchronisation as soon as a process can run it. */
    requestSync(vendor: VendorName): Promise<void>;
    clearSyncDue(vendor: VendorName, dueAtMs: number): Promise<void>;
    /** Notes something beside what was confirmed; a value of null takes it away. */
    noteConfirmed(vendor: VendorName, change: JsonObject): Promise<void>;
  };
  readonly polling: {
    /** The poller's side for one vendor connection. */
    open(options: CentreScope & { readonly holder: string; readonly leaseMs: number }): PollStore;
    /** Linked learners with what decides how soon their records may change. `review` null: no review is looked for. */
    readLearners(
      scope: CentreScope,
      review: { readonly entity: string; readonly atMsField: string } | null,
    ): Promise<readonly PollLearner[]>;
    /** The last complete reading of an entity; null: there was none yet. */
    readLastPass(of: CentreScope & { readonly entity: string }): Promise<string | null>;
    /** What a reading, or one after it, showed of an entity, in the order of the vendor ids. */
    readSeenShadows(
      of: CentreScope & { readonly entity: string; readonly passId: string },
      page: { readonly afterVendorId: string | null; readonly limit: number },
    ): Promise<readonly Shadow[]>;
    /** Of these vendor ids, those that the reading showed. */
    readSeenIds(
      of: CentreScope & { readonly entity: string; readonly passId: string },
      vendorIds: readonly string[],
    ): Promise<ReadonlySet<string>>;
    /** Known records by name, each for one entity or several; null where one was never read whole. */
    countRecords<K extends string>(
      scope: CentreScope,
      wanted: Readonly<Record<K, readonly string[]>>,
    ): Promise<Readonly<Record<K, number | null>>>;
    readRuns(vendor: VendorName): Promise<Pick<PollRuns, 'open' | 'lastCompleted'>>;
  };
  /** Work over many learners that a person plans, approves and can stop. */
  readonly runs: RunStore;
  /** What audits have found to differ between PICS and a vendor, and how far the standing audit is. */
  readonly differences: DifferenceStore;
  /** People who use the page. */
  readonly users: UserStore;
  /** What stays open until a person acknowledges it (G-11). */
  readonly alarms: {
    /** Durable when it resolves: only then may the place of what it is about move on. */
    raise(alarm: Alarm): Promise<void>;
    /** Oldest first. */
    listOpen(): Promise<readonly OpenAlarm[]>;
    /** Answers those that it closed. */
    acknowledge(choice: AlarmChoice, act: { readonly by: string }): Promise<readonly OpenAlarm[]>;
  };
  /**
   * Opens held items, adds lines to the journal, marks links whose ids PICS shows now, and raises alarms, all at once.
   * The report that a source handed over last is not recorded a second time.
   */
  recordReport(of: ReportSource, report: Report): Promise<void>;
};

/** The topics. Publishing resolves when the brokers have acknowledged everything. */
export type Topics = {
  publishObservations(observations: readonly Observation[]): Promise<void>;
  /** `removed`: the links were taken away and their ids are to leave PICS. */
  publishLinks(links: readonly Link[], removed?: boolean): Promise<void>;
  publishResult(answer: RequestAnswer): Promise<void>;
  publishCanary(flight: CanaryFlight): Promise<void>;
  /**
   * Hands on changes of PICS until the signal aborts, many at a time. What is committed is the finished beginning of
   * each partition; a record whose handling rejects ends the consumption. A record that cannot be read goes to the
   * dead letters with its place and the reason, never its content. `recordedAtMs`: when the connector gave it to Kafka.
   */
  consumeChanges(
    subscription: ChangeSubscription,
    handle: (
      decoded: Exclude<DecodedChange, { kind: 'malformed' }>,
      recordedAtMs: number,
    ) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Hands on records of topics in batches, one batch after the other within a partition. Each partition begins where
   * `claimPlace` says, else at the oldest record. `held` ends with the assignment.
   */
  consumeItems(
    subscription: {
      readonly group: string;
      /** Entities of vendors (`onefile.review`), `link`, `request-result`, `canary`. */
      readonly topics: readonly string[];
      readonly claimPlace: (topic: string, partition: number) => Promise<Pick<Claim, 'epoch' | 'nextOffset'>>;
    },
    handle: (batch: ItemBatch, held: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Reads each partition of the tables' topics once, from its start up to the high watermark that stands at the call. One
   * record after the other within a partition, partitions side by side; what `handle` returns is waited for.
   *
   * It reads in a consumer group of its own, which is deleted when the reading ends, and commits nothing for others. A
   * record that cannot be read is counted and not buried: a live consumer has done that. It rejects with a sentence when a
   * topic is missing, was deleted and made again meanwhile, or is read under this name elsewhere; with the error of
   * `handle`; and with the signal's reason.
   */
  readChangesThrough(
    reading: { readonly group: string; readonly tables: readonly string[]; readonly start: ReadStart },
    handle: (
      decoded: Exclude<DecodedChange, { kind: 'malformed' }>,
      place: RecordPlace,
    ) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<readonly PartitionReading[]>;
  /** The same of topics that `consumeItems` takes: batches of one partition, in the order of their offsets. */
  readItemsThrough(
    reading: { readonly group: string; readonly topics: readonly string[]; readonly start: ReadStart },
    handle: (batch: Omit<ItemBatch, 'epoch'>) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<readonly PartitionReading[]>;
};

/** What is counted and timed. Without identifiers and personal data. */
export type Meter = {
  called(call: {
    readonly vendor: VendorName;
    readonly name: string;
    readonly result: string;
    readonly tookMs: number;
  }): void;
  /** From the commit in PICS to the vendor's acknowledgement, milliseconds (never negative: two clocks differ). */
  delivered(vendor: VendorName, latencyMs: number): void;
  noted(vendor: VendorName, code: string): void;
  /** The engine of the vendor works, and has not paused yet. */
  working(vendor: VendorName): void;
  /** Null: the vendor answers again. */
  paused(vendor: VendorName, reason: string | null): void;
  /** What became of a change: `sent`, `held`, the name of a rule. */
  disposed(vendor: VendorName, disposition: string): void;
  foreignWrite(vendor: VendorName): void;
  /** A part of a role has failed and is started again, while the others go on. */
  restarted(part: string): void;
  published(vendor: VendorName, observations: readonly Observation[]): void;
  forecast(vendor: VendorName, forecast: PassForecast): void;
  /** An alarm was raised. */
  alarmed(alarm: Alarm): void;
  applied(settled: readonly SettledRecord[]): void;
};

/** The right to call, shared by all processes of a credential. */
export type CallBudget = {
  /** Waits for the right to make one call. Rejects with the signal's reason, or when the budget is closed. */
  take(priority: Priority, signal?: AbortSignal): Promise<{ readonly waitedMs: number }>;
  /** Lets no process call for this long. A duration, since the clocks of two processes differ. */
  pauseFor(durationMs: number): Promise<void>;
};

/** A session with a vendor, shared by all processes of a credential. */
export type Session = { readonly token: string; readonly issuedAtMs: number };
export type SessionCache = {
  read(): Promise<Session | null>;
  write(session: Session): Promise<void>;
  /** Forgets this token, unless another has taken its place. */
  forget(token: string): Promise<void>;
};

/** What the processes of one credential share. */
export type Credential = {
  readonly budget: CallBudget;
  readonly sessions: SessionCache;
  close(): Promise<void>;
};
/** `id` names the credential without revealing it. Sessions are kept for `sessionTtlMs`. */
export type OpenCredential = (options: {
  readonly id: string;
  readonly callsPerMinute: number;
  /** D-18: how much of what is left spare polling may take, 0 to 1. */
  readonly spareShare: number;
  readonly sessionTtlMs: number;
}) => Credential;
