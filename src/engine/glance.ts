import type { Learner } from '../domain/learner.ts';
import {
  advanceLane,
  type LaneKey,
  type LaneQuery,
  type LaneState,
  type OutcomeRecord,
  type OutcomeRecorded,
} from '../domain/ledger.ts';
import type { ConflictingLink } from '../domain/link.ts';
import type { Shadow } from '../domain/observation.ts';
import type { Owner } from '../domain/owner.ts';
import type { Priority } from '../domain/priority.ts';
import type { About, CallContext, Hold } from '../domain/step.ts';
import type { Trace } from '../domain/trace.ts';
import type { Demand } from '../domain/view.ts';
import type { OpenVendor } from '../vendors/vendor.ts';

/** A link that could not be made, and the create that brought it: null for a link that no call made. */
export type RefusedLink = {
  readonly link: ConflictingLink;
  readonly created: { readonly subject: string; readonly requestHash: string } | null;
};

/** When a read was begun and answered, by the clock that is never set. */
type ReadTime = { readonly begunAtMs: number; readonly endedAtMs: number };

/** What one look at a learner remembers from step to step. Gone when the look ends: only the ledger is durable. */
export type Memory = {
  readonly ident: string;
  readonly demand: Demand;
  readonly priority: Priority;
  readonly committedAtMs: number | null;
  /** Traces of the changes that have caused this look. */
  readonly traces: readonly Trace[];
  /** Transactions that a read of PICS must see. */
  txIds: readonly number[];
  /** Where the lane was last known to stand; null when this process has not met the learner. */
  knownVersion: number | null;
  /** Reads that were made in this look or for it, by `name subject`. */
  readonly reads: Map<string, ReadTime>;
  /** When PICS was read and had changed since it was read before in this look. */
  changedAtMs: number;
  /**
   * How old the answer of a read may be that a call rests on. It doubles with each read that was made again, until
   * a write is done: a vendor or a budget so slow that every answer is old must not be read for ever.
   */
  freshForMs: number;
  /** Links published to the reconciler in this look, by kind and PICS id. */
  readonly announced: Set<string>;
  /** Owners that were asked for, by lane, with what is held there. */
  readonly needed: Map<string, readonly Hold[]>;
  /** Links that could not be made because either side is linked elsewhere (G-2), by kind and PICS id. */
  readonly refusedLinks: Map<string, RefusedLink>;
  /** Reads the vendor refused in this look, as in `reads`: not asked twice either. */
  readonly refusedReads: Set<string>;
  /** Look-ups in a row that found nothing although the create can no longer be under way, by intent (G-5). */
  readonly absences: Map<string, number>;
  /** Creates that were looked up in this look and are not there, by name and subject. */
  readonly lookedUp: Set<string>;
  /** Attempts in a row in which the vendor could not be reached, by call. */
  readonly attempts: Map<string, number>;
  readonly calls: Record<string, number>;
  /** The right to make one call that was not used yet. */
  hasReservedCall: boolean;
};

/** What a lane is about. */
export type Subject =
  | { readonly kind: 'learner'; readonly learner: Learner }
  | { readonly kind: 'owner'; readonly owner: Owner };

/** What a look knows of both sides at present. */
export type Glance = {
  readonly key: LaneKey;
  readonly subject: Subject;
  readonly lane: LaneState;
  readonly learnerVendorId: string | null;
  /** Vendor ids whose records were asked for: the linked one, and those PICS shows. */
  readonly vendorIds: readonly string[];
  /** When PICS was read, by the clock that is never set. */
  readonly readAtMs: number;
};

/** Whose way a step of the look is part of: changes that have caused it, and those that have arrived since. */
export function tracesOf(
  { tracesOfMore }: { readonly tracesOfMore: (ident: string) => readonly Trace[] },
  { ident, traces }: Pick<Memory, 'ident' | 'traces'>,
): readonly Trace[] {
  return [...traces, ...tracesOfMore(ident)];
}

/** The glance after an outcome was recorded; null when everything is to be read again. */
export function advanceGlance(
  glance: Glance,
  outcome: OutcomeRecord,
  recorded: OutcomeRecorded,
): Glance | null {
  if (recorded.kind === 'conflict') return null;
  // Another process has recorded something in between: what it was is not known here.
  if (recorded.version !== outcome.version + 1) return null;
  // A learner that was linked just now has records that this glance did not ask for.
  if (outcome.links.some(({ kind, replaces }) => kind === 'learner' || replaces !== undefined)) return null;
  const shadows = outcome.shadows.filter((shadow) => isOwn(glance, shadow));
  return { ...glance, lane: advanceLane(glance.lane, { ...outcome, shadows }, recorded) };
}

function isOwn({ vendorIds, subject }: Glance, shadow: Shadow): boolean {
  if (subject.kind === 'owner')
    return shadow.entity === (subject.owner.kind === 'officer' ? 'assessor' : 'placement');
  const owner = shadow.learnerVendorId ?? (shadow.entity === 'learner' ? shadow.vendorId : null);
  return owner !== null && vendorIds.includes(owner);
}

/** Which links and shadows a look at the subject needs. */
export function toLaneQuery(
  subject: Subject,
  vendor: Pick<OpenVendor, 'vendorIdsOf'>,
): Pick<LaneQuery, 'officers' | 'organisations' | 'learnerVendorIds'> {
  if (subject.kind === 'owner') {
    const { kind, code } = subject.owner;
    const isOfficer = kind === 'officer';
    return {
      officers: isOfficer ? [code] : [],
      organisations: isOfficer ? [] : [code],
      learnerVendorIds: [],
    };
  }
  const { learner } = subject;
  return {
    officers: learner.officers.map(({ code }) => code),
    organisations: [...new Set(learner.placements.flatMap(({ organisation }) => organisation ?? []))],
    learnerVendorIds: vendor.vendorIdsOf(learner),
  };
}

/**
 * Times in a lane are stamped by the database. Rules compare them with the clock of this process, which may differ, so
 * they are moved by the difference: what counts is how long ago they were.
 */
export function toOwnClock(lane: LaneState, nowMs: number): LaneState {
  const aheadMs = nowMs - lane.readAtMs;
  const { enrolment } = lane;
  return {
    ...lane,
    links: lane.links.map((link) =>
      link.copiedAtMs === null ? link : { ...link, copiedAtMs: link.copiedAtMs + aheadMs },
    ),
    enrolment: enrolment === null ? null : { ...enrolment, plannedAtMs: enrolment.plannedAtMs + aheadMs },
  };
}

export function toContext(
  memory: Pick<Memory, 'priority' | 'demand'>,
  glance: Pick<Glance, 'subject'>,
  signal: AbortSignal,
): CallContext {
  return {
    priority: memory.priority,
    cause: memory.demand === 'refresh' ? 'refresh' : 'before-write',
    signal,
    about: toAbout(glance.subject),
  };
}

function toAbout(subject: Subject): About {
  const { firstName, surname, email } =
    subject.kind === 'learner'
      ? subject.learner
      : subject.owner.kind === 'officer'
        ? subject.owner
        : { firstName: null, surname: subject.owner.name, email: null };
  return { firstName, lastName: surname, email };
}
