import type { z } from 'zod';
import type { Log } from '../base/log.ts';
import type { CatalogueRow } from '../domain/catalogue.ts';
import type { Change, ChangeEntity, Relevance } from '../domain/change.ts';
import type { EnrolmentChoices, EnrolmentPlan, PlanFault } from '../domain/enrolment.ts';
import type { Json, JsonObject } from '../domain/json.ts';
import type { Learner } from '../domain/learner.ts';
import type { Intent, LaneState, SupposedLane } from '../domain/ledger.ts';
import type { Link, SharedRecord } from '../domain/link.ts';
import type { Observation } from '../domain/observation.ts';
import type { VendorFailure } from '../domain/outcome.ts';
import type { Owner, OwnerKey, OwnerKind } from '../domain/owner.ts';
import type { OwnerMatch, Person, SeenOwners, VendorLearner } from '../domain/people.ts';
import type { PassForecast, PollPlan, ReadPage, ResourceRead } from '../domain/polling.ts';
import type { Clock, OpenCredential, Pics, Store, VendorColumns } from '../domain/ports.ts';
import type { Priority } from '../domain/priority.ts';
import type { Stranger } from '../domain/report.ts';
import type { LearnerRows, ReconcileItem, RowDecision } from '../domain/rows.ts';
import type { DailyTime } from '../domain/schedule.ts';
import type {
  Call,
  CallContext,
  CallResult,
  Evaluation,
  FieldState,
  Hold,
  Resolution,
  UnsentCreate,
} from '../domain/step.ts';
import type { VendorName } from '../domain/vendor-name.ts';
import type { DetailsOwner, OtherPull, VendorState } from '../domain/vendor-state.ts';
import type { LearnerView, OwnerView } from '../domain/view.ts';

/*
 * The seam between the program and a vendor. Roles, commands, topics, metrics and the command line know a vendor only
 * through these types, and find every vendor in `all.ts`.
 */

/** What a vendor is before it is opened: what can be known without calling it. */
export type Vendor = {
  readonly name: VendorName;
  /** As the configuration, folders and commands write it. */
  readonly configName: string;
  /** As people read it. */
  readonly title: string;
  readonly recordWords: RecordWords;
  /** Why a text cannot be the id of such a record, as the end of a sentence; null: it can. */
  explainId(kind: LinkSubject['kind'], text: string): string | null;
  /** Schema of its section of the configuration. */
  readonly section: z.ZodType;
  /** The environment that its settings name; null = none yet. */
  environmentOf(settings: unknown): { readonly name: string; readonly isLive: boolean } | null;
  /** Whose details it writes into PICS by these settings. */
  pulledDetails(settings: unknown): readonly DetailsOwner[];
  /** When its daily run is due, by its settings. */
  dailyTimeOf(settings: unknown): DailyTime;
  /** Whether its settings leave calls for looking around between full passes; `off`: full passes alone. */
  pollingOf(settings: unknown): VendorPolling['mode'];
  /** Its records, each with a topic and a schema of its own. */
  readonly entities: readonly string[];
  /** Which PICS columns carry its ids. */
  readonly columns: VendorColumns;
  /** Captured tables of PICS whose changes can matter to it. */
  readonly tables: readonly string[];
  /** Fields beside the keys whose changes mean something to it under these settings. No others need to leave PICS. */
  capturedFields(
    settings: unknown,
    shared: SharedSettings,
  ): Readonly<Partial<Record<ChangeEntity, readonly string[]>>>;
  /** How it is spoken to under these settings, of a vendor whose interface has no public description. */
  readonly contractOf?: (settings: unknown) => WireContract;
  /** Its rules by number, in one line each. */
  readonly ruleTitles: Readonly<Record<string, string>>;
  readonly reports: VendorReports;
  /** Everything that switches it on and off; usable while it is off. */
  switching(context: VendorContext): Switching;
  /** Null: not usable with these settings; the faults of its section say why. */
  open(context: VendorContext): Promise<OpenVendor | null>;
};

/** What people of the vendor call its records, in help texts and tables: a word in the singular. */
type RecordWords = {
  /** What an officer is linked to. */
  readonly officer: string;
  /** What an organisation is linked to. */
  readonly organisation: string;
  /** What a qualification of PICS is taken as. */
  readonly offer: string;
};

/** What the provider's own reports ask of a vendor's rules. Nothing is called for it. */
type VendorReports = {
  /** References of PICS that none of these rows is for, under the settings of its section. */
  findUnoffered(
    settings: unknown,
    references: readonly string[],
    rows: readonly CatalogueRow[],
  ): readonly string[];
  /** Accounts that a reading of its learners has shown and that no learner of PICS is linked to or shows. */
  readStrangers(
    sources: { readonly pics: Pick<Pics, 'readPersons'>; readonly store: Pick<Store, 'links' | 'polling'> },
    of: { readonly centre: string; readonly passId: string },
  ): Promise<readonly Stranger[]>;
};

/** How a vendor is spoken to, and how much of that is known for certain. */
export type WireContract = {
  readonly id: string;
  /** `verified`: compared with the vendor's own answers. */
  readonly trust: 'assumed' | 'seen' | 'verified';
  /** What can be asked of it, in the vendor's own terms. */
  readonly capabilities: Readonly<Record<string, boolean | string | readonly string[]>>;
  /** Everything that stands on the wire, and where it is known from. */
  readonly names: readonly {
    readonly name: string;
    readonly mark: 'documented' | 'client' | 'inferred' | 'assumed';
  }[];
};

/** A vendor's section of the configuration as it was read. */
export type ConfiguredVendor =
  | { readonly kind: 'enabled' | 'disabled'; readonly settings: unknown }
  | {
      readonly kind: 'faulty';
      readonly faults: readonly { readonly path: string; readonly sentence: string }[];
    };

/** Settings outside the vendors' sections that vendors look at. */
export type SharedSettings = {
  readonly nearRealTime: boolean;
  readonly deletedReviews: 'recreate' | 'remember';
  /** The vendor that owns the one id column of officers and organisations. */
  readonly externalIdVendor: VendorName | null;
  readonly pics: {
    readonly role: 'live' | 'test';
    readonly licences: readonly VendorName[];
    readonly liveLetters: readonly string[];
  };
};

/** What a vendor is opened with. */
export type VendorContext = {
  readonly otherPulls: readonly OtherPull[];
  readonly configured: ConfiguredVendor;
  readonly shared: SharedSettings;
  readonly pics: Pics;
  readonly store: Store;
  readonly openCredential: OpenCredential;
  readonly clock: Clock;
  readonly log: Log;
};

/** Everything a decision about one record of the reconciler's topics needs, read before PICS is asked. */
export type ItemKnowledge = {
  /** The linked learner that the record belongs to; null when none is linked. */
  readonly ident: string | null;
  /** The linked officer or organisation that it is about. */
  readonly owner: OwnerKey | null;
  /** Which rows of the learner the decision looks at. */
  readonly parts: readonly LearnerRows[];
  /**
   * What of an observation is kept until the next one of the record is decided; absent = nothing. `shown`: what was
   * kept before. Of one that was left out, because no row or no link is there, nothing is kept: what was kept before stays.
   */
  keep?(shown: JsonObject | null): JsonObject;
  /**
   * Decides from the locked rows; null = there is no such row. `shown`: what was kept of the newest observation of the
   * record that was applied.
   */
  decide(rows: {
    readonly learner: Learner | null;
    readonly owner: Owner | null;
    readonly shown: JsonObject | null;
  }): RowDecision;
};

/** A vendor that can be called. */
export type OpenVendor = {
  readonly name: VendorName;
  readonly title: string;
  readonly centre: string;
  /** Where it is called, for a person who cannot reach it. */
  readonly address: string;
  readonly columns: VendorColumns;
  readonly tables: readonly string[];
  /**
   * How long after it was sent a write without an answer may still be under way or not be shown by a search, at
   * most, milliseconds: the longest call, and a margin (G-5).
   */
  readonly settleMs: number;
  /** What the customer may call in a minute, over all processes. */
  readonly callsPerMinute: number;

  /** Codes of held items that end with other settings: their lanes are looked at once after each start. */
  readonly endedBySettings: readonly string[];

  /** What a change of PICS means for it. Pure, and the same for the same settings. */
  decideRelevance(change: Change): Relevance;
  /** Whether only another synchronisation can have made this change. */
  isForeignWrite(change: Change): boolean;
  /** Vendor ids that PICS shows for a learner, checked or not. */
  vendorIdsOf(learner: Learner): readonly string[];
  evaluate(view: LearnerView): Promise<Evaluation>;
  evaluateOwner(view: OwnerView): Promise<Evaluation>;
  /**
   * Reads what the sync knows about records of the reconciler's topics, in their order. `supposed`: what it is to take for
   * known of one learner (or officer, or organisation) instead of what is stored.
   */
  readKnowledge(items: readonly ReconcileItem[], supposed?: SupposedLane): Promise<readonly ItemKnowledge[]>;
  /** Keyed: the content of a record cannot be guessed from it. */
  digestRecord(record: Json): string;

  /** Waits for the right to make one call, and says how long that took. */
  reserveCall(priority: Priority, signal: AbortSignal): Promise<{ readonly waitedMs: number }>;
  /** The caller holds the right to one call; further ones of the same step are taken inside. */
  execute(call: Call, context: CallContext): Promise<CallResult>;
  /** Looks for what an unanswered create may have made (G-5). One call is reserved before, as for `execute`. */
  resolve(
    intent: Pick<Intent, 'step' | 'naturalKey' | 'subject' | 'ident'> & { readonly unsent?: UnsentCreate },
    context: CallContext,
  ): Promise<Resolution>;
  readonly readPage: ReadPage;

  readonly polling: VendorPolling;
  readonly linking: VendorLinking;
  readonly enrolment: VendorEnrolment;
  /** Ends what it holds open. Calls in flight are broken off. */
  close(): Promise<void>;
};

/** How a vendor is polled, and what follows from what was read. */
export type VendorPolling = {
  readonly plans: readonly PollPlan[];
  /**
   * How it is asked, where that can change what a reading is able to show: what was not seen in one form may be there in
   * another (D-21). Absent: always in the same way.
   */
  readonly form?: string;
  readonly dailyTime: DailyTime;
  /** As `Vendor.pollingOf` says it. */
  readonly mode: 'spare' | 'off';
  /** Which record holds the planned time of a review, and in which field, milliseconds. Null: learners are not ordered by it. */
  readonly reviewTime: { readonly entity: string; readonly atMsField: string } | null;
  /** Of these learners, those of the daily run (OF-40). */
  selectDaily<L extends { readonly ident: string }>(learners: readonly L[]): Promise<readonly L[]>;
  /** An entity was read whole in a full pass. Done again after a kill, it comes to the same end. */
  afterRead(entity: string, read: ResourceRead): Promise<void>;
  /** What is kept of a record of a learner who is linked to none of PICS: what finding a match needs, and no more. */
  toMatchRecord(record: JsonObject): JsonObject;
  /** Whether PICS takes over records of this entity that belong to no learner, so that a full pass publishes all (G-4). */
  publishesAll(entity: string): boolean;
  /** Of which kind the officers or organisations are that records of this entity can be; null = none. */
  ownerKindOf(entity: string): OwnerKind | null;
  /** Which of them are linked to what a full pass has shown (D-6). */
  matchOwners(seen: SeenOwners): OwnerMatch;
  /** Kinds of owners whose details it is sent. */
  readonly pushedOwners: readonly OwnerKind[];
  /** What a full pass has read of a learner, as a look remembers it. */
  readsOf(learner: VendorLearner): readonly string[];
  readsOfOwner(owner: OwnerKey): readonly string[];
  /** What a full pass would cost; without a count, of all who are linked now. */
  forecast(learnerCount?: number): Promise<PassForecast>;
};

/** Whose link a person sets: a learner by its ident, an officer or organisation by its code. */
export type LinkSubject = { readonly kind: 'learner' | OwnerKind; readonly code: string };

/** Links whose ids are to leave PICS, links that end, and what a person must look at. */
export type CrossedRecords = {
  readonly freed: readonly Link[];
  readonly unlinks: readonly Link[];
  readonly holds: readonly Hold[];
};

/** A record of the vendor that officers or organisations can be linked to. */
export type FoundOwner = {
  readonly id: string;
  readonly name: string | null;
  /** Key of ours that it carries, if any. */
  readonly misId: string | null;
  readonly email: string | null;
  /** Null where the vendor does not say. */
  readonly isActive: boolean | null;
};

/** Looking up and linking on command. */
export type VendorLinking = {
  /** Whether PICS has a column for the id that this vendor fills (D-2). */
  isShown(kind: LinkSubject['kind']): boolean;
  /** All records that fit the text; with an empty text all there are. */
  searchOwners(kind: OwnerKind, text: string): Promise<readonly FoundOwner[] | VendorFailure>;
  /** Looks for one record, and gives what was seen. Rejected with `ID_NOT_FOUND` when there is none. */
  findRecord(subject: LinkSubject, vendorId: string, signal: AbortSignal): Promise<CallResult>;
  /** Names of fields that say that the learner and the record just seen are two people (D-13). */
  contradictionsOf(
    person: Omit<Person, 'vendorId'>,
    seen: readonly Pick<Observation, 'entity' | 'record'>[],
  ): readonly string[];
  /**
   * What follows for a learner's records when its link to one record ends, or with `from` null ended before; `to` null:
   * it gets no other (D-13).
   */
  crossedBy(
    view: { readonly learner: Learner; readonly lane: LaneState },
    correction: { readonly from: string | null; readonly to: string | null },
  ): CrossedRecords;
  /** Reads afresh what the vendor offers, keeps it, and compares it with what PICS uses (OF-18). */
  refreshCatalogue(): Promise<
    { readonly references: number; readonly unmatched: readonly string[] } | VendorFailure
  >;
};

/** What the enrolment rules look at: the learner, and the links of its lane. */
export type EnrolmentView = { readonly learner: Learner; readonly links: readonly Link[] };

/** What was found out about a learner at the vendor. Plans with the offers as they are kept at that moment. */
type EnrolmentFindings = {
  plan(choices: EnrolmentChoices): Promise<{ readonly plan: EnrolmentPlan; readonly hasOffers: boolean }>;
};

/** How an enrolment is planned. */
export type VendorEnrolment = {
  /** Why it cannot be, or the reads that planning needs. */
  ask(
    view: EnrolmentView,
  ): Promise<
    | { readonly kind: 'refused'; readonly fault: PlanFault }
    | { readonly kind: 'asking'; read(signal: AbortSignal): Promise<EnrolmentFindings | VendorFailure> }
  >;
  /** Reads the offers afresh, unless that was done a moment ago. */
  refreshOffers(): Promise<{ readonly kind: 'refreshed' | 'recent' } | VendorFailure>;
  /** Puts corrected choices into an accepted plan. */
  correct(plan: JsonObject, choices: Pick<EnrolmentChoices, 'pathways'>): JsonObject;
};

/** What a look at the settings and at the vendor found. Only the sign-in and what it opens is called for it. */
export type ConnectionCheck =
  | {
      readonly kind: 'connected';
      /** The chosen centre, or the only one; null = several to choose from. */
      readonly centreId: string | null;
      readonly centreCount: number;
      /** For people: version, customer, centres, names without proof. */
      readonly report: JsonObject;
    }
  | { readonly kind: 'settings-missing'; readonly settings: readonly string[] }
  /** `reason`: what was found out, and what to do about it, in a sentence or two. */
  | { readonly kind: 'unreachable'; readonly address: string; readonly reason?: string }
  | { readonly kind: 'bad-sign-in'; readonly reason?: string }
  /** The chosen centre is not one of those that the sign-in reaches. */
  | { readonly kind: 'centre-unknown'; readonly centreId: string; readonly report: JsonObject };
export type Connected = Extract<ConnectionCheck, { kind: 'connected' }>;

/** What a person must have read; `text` is what is confirmed by the number. */
type Warning = { readonly id: string; readonly text: string };
/** What the first synchronisation would do. Who approves it approves what has this digest. */
export type InitialPlan = {
  readonly digest: string;
  readonly document: JsonObject;
  /** whom it would link, by which of their facts; `id`: by the id that stands in PICS. */
  readonly matches: readonly {
    readonly ident: string;
    readonly vendorId: string;
    readonly by: 'id' | 'misValue' | 'uln';
  }[];
};

/** What enabling would mean at this moment. */
export type Enabling = {
  /** Warnings that apply and are not confirmed, neither now nor with the same words before. */
  readonly open: readonly Warning[];
  /** Null: the vendor was enabled before, or a warning must be confirmed before anything but the sign-in is called. */
  readonly plan: InitialPlan | null;
  /** What is to be kept when it is enabled. */
  readonly confirmed: JsonObject;
};

/** Switching a vendor on and off (G-8). */
export type Switching = {
  /** The configuration allows it to work. */
  readonly isConfigured: boolean;
  /** Where it would be called; empty without the settings that say so. */
  readonly address: string;
  readonly isLicensed: boolean;
  /** Why it does not work now, by code; null: it works. */
  findRest(state: VendorState): Promise<string | null>;
  /** D-20: nothing was ever exchanged, so that it may be prepared by command although it does not work yet. */
  isPreparing(state: VendorState): boolean;
  /** Signs in and looks at the centres. `forEnabling`: every setting that enabling needs must be there. */
  check(options: { readonly forEnabling: boolean }): Promise<ConnectionCheck>;
  /** OF-7: the guard blocks, and desktop synchronisation is not known to be off. */
  isDesktopBlocked(): Promise<boolean>;
  prepare(connected: Connected, confirmed: readonly string[]): Promise<Enabling | VendorFailure>;
  /** The plan of the first synchronisation as it would be now (OF-9). */
  readInitialPlan(centreId: string): Promise<InitialPlan | VendorFailure>;
  /** The plan that was approved and whose run has not completed; null = none. */
  approvedPlanOf(state: VendorState): string | null;
  /** What `status` shows of it. Nothing is called for it. */
  readStatus(): Promise<VendorStatus>;
};

/** Everything an administrator asks of a vendor first (OF-3). Nothing is called for it. */
export type VendorStatus = {
  /** At work: the configuration allows it and a person has enabled it. */
  readonly isEnabled: boolean;
  /** Why it is not at work. */
  readonly rests: string | null;
  readonly configured: 'on' | 'off' | 'faulty';
  readonly faults: readonly string[];
  /** When it was last enabled or disabled, and by whom. */
  readonly changedAtMs: number | null;
  readonly changedBy: string | null;
  readonly environment: string | null;
  readonly centre: string | null;
  readonly settings: Readonly<Record<string, unknown>>;
  /** Begin of the last full synchronisation that was completed: moved by nothing else. */
  readonly lastSynchronisedAtMs: number | null;
  readonly synchronisingSinceMs: number | null;
  readonly syncDueSinceMs: number | null;
  /** Since when creates are looked up before they are sent; null = they are not. */
  readonly cautiousSinceMs: number | null;
  readonly approvedPlan: string | null;
  readonly warningsOpen: readonly Warning[];
  readonly forecast: PassForecast | null;
  readonly held: readonly { readonly code: string; readonly count: number }[];
  /** Fields of which a value was lost and none was kept (D-16). */
  readonly lostFields: readonly FieldState[];
  /** Records of the vendor that several officers of PICS use (D-8). */
  readonly sharedOfficers: readonly SharedRecord[];
};
