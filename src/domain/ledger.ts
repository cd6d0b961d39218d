import type { Enrolment } from './enrolment.ts';
import type { ConflictingLink, Link, LinkKey, NewLink } from './link.ts';
import { mergeShadow, type Shadow } from './observation.ts';
import type { CallEffect, CentreFinding, Hold, Note } from './step.ts';
import type { VendorName } from './vendor-name.ts';

/** `planned`: the create is certainly absent at the vendor and may be sent again. */
export type IntentState = 'planned' | 'sending' | 'done' | 'rejected' | 'unknown' | 'held';

/** A write to the vendor that was recorded in the ledger before it was sent. */
export type Intent = {
  readonly id: string;
  readonly vendor: VendorName;
  readonly ident: string;
  readonly step: string;
  readonly effect: CallEffect;
  readonly subject: string;
  readonly naturalKey: string | null;
  readonly state: IntentState;
  readonly attempt: number;
  /**
   * The process that sends it, and whether its database session still exists. Only then it may still be
   * sending.
   */
  readonly worker: number;
  readonly isWorkerAlive: boolean;
  readonly requestHash: string;
  /** How long ago it was last sent, by the clock of the database, milliseconds. */
  readonly ageMs: number;
  /** How often it was sent again although it may have been done (G-5). */
  readonly repeats: number;
};

/**
 * Failures in a row of one call of a lane (G-9). Kept in the store, so that a restart does not begin to count
 * again; forgotten when the call is answered.
 */
export type CallFailure = {
  readonly step: string;
  readonly subject: string;
  /** Of the request that failed: another request begins its own count. */
  readonly requestHash: string;
  readonly count: number;
};

/** An item that waits for a person. */
export type HeldItem = {
  readonly id: string;
  readonly vendor: VendorName;
  readonly ident: string;
  readonly subject: string;
  readonly code: string;
  readonly params: Readonly<Record<string, string>>;
  /**
   * Set when the vendor refused a request. The same request is not sent again until it changes or a person
   * retries.
   */
  readonly requestHash: string | null;
  readonly tries: number;
  readonly sinceMs: number;
};

/** Everything the sync itself knows about one learner at one vendor. */
export type LaneState = {
  /** Compare-and-set value that grows with every intent and outcome. 0 = the lane is new. */
  readonly version: number;
  /** Intents in `planned`, `sending` and `unknown`: at most one in practice. */
  readonly openIntents: readonly Intent[];
  readonly links: readonly Link[];
  readonly shadows: readonly Shadow[];
  readonly held: readonly HeldItem[];
  /**
   * Fields that the vendor was found to keep or not to keep (O12, D-16); absent = not known yet. One success proves
   * a field; without any, three records that lost it count as proof of the contrary.
   */
  readonly fieldSupport: Readonly<Record<string, boolean>>;
  /** Begin of the last full synchronisation that was completed, milliseconds; null = none yet. */
  readonly lastFullSyncAtMs?: number | null;
  /** What is left as it is although the sides differ, as the last look has found it (G-10). */
  readonly notes?: readonly Note[];
  /** Subjects that wait a while longer for a user's corrections (OF-50). */
  readonly postponed?: readonly string[];
  /** The open enrolment; null = there is none. */
  readonly enrolment: Enrolment | null;
  readonly failures: readonly CallFailure[];
  /** When this was read, by the clock of the database that stamped the times in it. */
  readonly readAtMs: number;
};

/** A lane as it is supposed to stand, where a look is imagined: it is taken in the place of what is stored. */
export type SupposedLane = { readonly ident: string; readonly lane: LaneState };

/** `ident`: a learner's ident, or the lane of an officer or organisation (`toOwnerLane`). */
export type LaneKey = { readonly vendor: VendorName; readonly centre: string; readonly ident: string };

/**
 * An intent to record. Fails with `conflict` when another process acted on the learner since `version` was
 * read.
 */
export type IntentRecord = LaneKey & {
  readonly version: number;
  readonly step: string;
  readonly effect: CallEffect;
  readonly subject: string;
  readonly naturalKey: string | null;
  readonly requestHash: string;
  readonly worker: number;
  /** Continues this open intent (a repeat after `planned`) instead of starting a new one. */
  readonly intentId: string | null;
};
export type IntentRecorded =
  | { readonly kind: 'recorded'; readonly intentId: string; readonly version: number }
  | { readonly kind: 'conflict' };

/**
 * The outcome of an intent or, with `intentId` null, of a read or a look at the learner. Recorded in one
 * transaction.
 */
export type OutcomeRecord = LaneKey & {
  readonly version: number;
  readonly intentId: string | null;
  readonly state: IntentState | null;
  /** Answer code without personal data: `204`, `VENDOR_REFUSED`, `timeout`. */
  readonly code: string | null;
  /** The intent will be sent again although it may have been done. */
  readonly isRepeat: boolean;
  readonly vendorId: string | null;
  readonly shadows: readonly Shadow[];
  readonly links: readonly NewLink[];
  /** Links of this lane to remove. They stay when a link in `links` that replaces another cannot be made. */
  readonly unlinks: readonly LinkKey[];
  /** Milestone to add to the open enrolment. */
  readonly milestone: string | null;
  /** The open enrolment ends. */
  readonly concludesEnrolment: boolean;
  readonly findings: readonly CentreFinding[];
  /** All notes of the lane; null leaves them as they are. */
  readonly notes: readonly Note[] | null;
  /** Held items to open or keep, with the hash of the request if the vendor refused one. */
  readonly holds: readonly (Hold & { readonly requestHash: string | null })[];
  /** Held items to close. */
  readonly released: readonly string[];
  /** Counts of failed calls as they are now; 0 = forget it. */
  readonly failures: readonly CallFailure[];
  readonly journal: readonly JournalEntry[];
};
/** `conflictingLinks`: links that were not made because one of the two records is linked elsewhere (G-2). */
export type OutcomeRecorded =
  | {
      readonly kind: 'recorded';
      readonly version: number;
      readonly conflictingLinks: readonly ConflictingLink[];
    }
  | { readonly kind: 'conflict' };

/** One line of a learner's history: only codes and coordinates. */
export type JournalEntry = {
  readonly kind: string;
  readonly subject: string | null;
  readonly code: string | null;
  readonly vendorId: string | null;
  /** Duration of the step in milliseconds; null when the line is not about a step. */
  readonly tookMs: number | null;
};

/** The part of the sync database that the outbound flow uses. */
export type Ledger = {
  readLane(query: LaneQuery): Promise<LaneState>;
  recordIntent(intent: IntentRecord): Promise<IntentRecorded>;
  recordOutcome(outcome: OutcomeRecord): Promise<OutcomeRecorded>;
  /** The lane that an open intent is in now: a changed key moves it. Null = it is not open any more. */
  findLane(intentId: string): Promise<string | null>;
};

/**
 * Links of officers and organisations are read with the learner's own. `learnerVendorIds` adds the shadows
 * of ids that no link names yet.
 */
export type LaneQuery = LaneKey & {
  readonly officers: readonly string[];
  readonly organisations: readonly string[];
  readonly learnerVendorIds: readonly string[];
};

/** An outcome without any content. Fields that a caller does not set leave the lane as it is. */
export function emptyOutcome(key: LaneKey, version: number): OutcomeRecord {
  return {
    ...key,
    version,
    intentId: null,
    state: null,
    code: null,
    isRepeat: false,
    vendorId: null,
    shadows: [],
    links: [],
    unlinks: [],
    milestone: null,
    concludesEnrolment: false,
    findings: [],
    notes: null,
    holds: [],
    released: [],
    failures: [],
    journal: [],
  };
}

/** The outcome as the record has it under its new key: its links, held items and lines name that one. */
export function renameOutcome(outcome: OutcomeRecord, toLane: string): OutcomeRecord {
  const [from, to] = [codeOf(outcome.ident), codeOf(toLane)];
  const toId = (id: string): string =>
    id === from ? to : id.startsWith(`${from}/`) ? `${to}${id.slice(from.length)}` : id;
  const toSubject = (subject: string): string => {
    const at = subject.indexOf(':') + 1;
    return `${subject.slice(0, at)}${toId(subject.slice(at))}`;
  };
  return {
    ...outcome,
    ident: toLane,
    links: outcome.links.map((link) => ({
      ...link,
      picsId: toId(link.picsId),
      ident: link.ident === outcome.ident ? toLane : link.ident,
    })),
    holds: outcome.holds.map((hold) => ({ ...hold, subject: toSubject(hold.subject) })),
    failures: outcome.failures.map((one) => ({ ...one, subject: toSubject(one.subject) })),
    journal: outcome.journal.map((entry) => ({
      ...entry,
      subject: entry.subject === null ? null : toSubject(entry.subject),
    })),
  };
}

/** `officer:AB` → `AB`; a learner's lane is its ident. */
function codeOf(lane: string): string {
  return lane.slice(lane.indexOf(':') + 1);
}

type RecordResult = { readonly version: number; readonly conflictingLinks: readonly NewLink[] };

/**
 * The state of a learner's lane after an outcome was recorded, computed from the state before.
 *
 * This saves reading it again. If another process changed the lane meanwhile, the compare-and-set of the
 * next step fails and the lane is read then.
 */
export function advanceLane(lane: LaneState, outcome: OutcomeRecord, recorded: RecordResult): LaneState {
  const refused = new Set(recorded.conflictingLinks.map(linkKeyOf));
  const isGone = ({ kind, picsId }: LinkKey): boolean =>
    outcome.unlinks.some((one) => one.kind === kind && one.picsId === picsId);
  const links = outcome.links.filter((link) => !refused.has(linkKeyOf(link)) && !hasLink(lane.links, link));
  return {
    version: recorded.version,
    openIntents: lane.openIntents.filter(({ id }) => id !== outcome.intentId),
    links: [
      ...lane.links.filter((link) => !isGone(link)),
      ...links.map((link) => ({ ...link, copiedAtMs: null })),
    ],
    shadows: mergeShadows(lane.shadows, outcome.shadows),
    held: mergeHeld(lane.held, outcome),
    notes: outcome.notes ?? lane.notes ?? [],
    ...(lane.postponed === undefined ? {} : { postponed: lane.postponed }),
    enrolment: advanceEnrolment(lane.enrolment, outcome),
    failures: mergeFailures(lane.failures, outcome.failures),
    readAtMs: lane.readAtMs,
    fieldSupport: {
      ...lane.fieldSupport,
      ...Object.fromEntries(outcome.findings.flatMap(({ field, isKept }) => (isKept ? [[field, true]] : []))),
    },
    ...(lane.lastFullSyncAtMs === undefined ? {} : { lastFullSyncAtMs: lane.lastFullSyncAtMs }),
  };
}

function advanceEnrolment(
  enrolment: Enrolment | null,
  { milestone, concludesEnrolment }: OutcomeRecord,
): Enrolment | null {
  if (enrolment === null || concludesEnrolment) return null;
  const isNew = milestone !== null && !enrolment.milestones.includes(milestone);
  return isNew ? { ...enrolment, milestones: [...enrolment.milestones, milestone] } : enrolment;
}

function linkKeyOf({ kind, picsId, vendorId }: NewLink): string {
  return `${kind} ${picsId} ${vendorId}`;
}

function hasLink(links: readonly Link[], link: NewLink): boolean {
  return links.some((known) => linkKeyOf(known) === linkKeyOf(link));
}

/** Merges shadows by entity and vendor id. */
function mergeShadows(known: readonly Shadow[], seen: readonly Shadow[]): readonly Shadow[] {
  const merged = new Map(known.map((shadow) => [`${shadow.entity} ${shadow.vendorId}`, shadow]));
  for (const shadow of seen) {
    const key = `${shadow.entity} ${shadow.vendorId}`;
    merged.set(key, mergeShadow(merged.get(key), shadow));
  }
  return [...merged.values()];
}

function mergeFailures(
  known: readonly CallFailure[],
  changed: readonly CallFailure[],
): readonly CallFailure[] {
  if (changed.length === 0) return known;
  const rest = known.filter(
    (one) => !changed.some(({ step, subject }) => step === one.step && subject === one.subject),
  );
  return [...rest, ...changed.filter(({ count }) => count > 0)];
}

function mergeHeld(
  held: readonly HeldItem[],
  { holds, released, vendor, ident }: OutcomeRecord,
): readonly HeldItem[] {
  const changed = new Set([...released, ...holds.map(({ subject }) => subject)]);
  const opened = holds.map((hold): HeldItem => ({ ...hold, id: '', vendor, ident, tries: 0, sinceMs: 0 }));
  return [...held.filter(({ subject }) => !changed.has(subject)), ...opened];
}

/**
 * `conflict`: both keys have vendor ids of their own; neither was changed, and a person is asked. `busy`: a live
 * process is sending something of either key, so nothing may move yet. `kept`: PICS has another record under the old
 * key. `to`: the key that the record has by now, which is another one if it was changed again.
 */
export type Renamed =
  | { readonly kind: 'busy' | 'kept' }
  | { readonly kind: 'renamed'; readonly linkCount: number; readonly to: string }
  | {
      readonly kind: 'conflict';
      readonly ids: readonly [from: string, to: string];
      readonly to: string;
    };

export type Postponed = {
  readonly vendor: VendorName;
  readonly ident: string;
  readonly subject: string;
  readonly forMs: number;
  /** A transaction of PICS that was not visible; the look must see it. */
  readonly txId?: number;
};

/** A learner with something whose time has come. `until`: the latest of it, as the database writes times. */
export type Due = {
  readonly ident: string;
  readonly until: string;
  /** Transactions of PICS that the look must see, unless they stay invisible. */
  readonly txIds: readonly number[];
};
