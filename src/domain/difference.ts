import type { LaneKey } from './ledger.ts';
import type { VendorName } from './vendor-name.ts';

/** Code of the held item of a learner whose differences no rule allows. Only an audit, or a person, closes it. */
export const driftCode = 'DRIFT';

/**
 * What one side has in a difference, without the value. `newer`: what the rules would write over the other side.
 * `older`: what would be written over. `other`: the rules prefer neither.
 */
type DifferenceSide = 'blank' | 'older' | 'newer' | 'other';

/** A difference between PICS and a vendor, as one look has found it. */
export type SeenDifference = {
  /** `aim:600045`, `review:501`: no personal data. */
  readonly subject: string;
  /** Empty: the whole record. */
  readonly field: string;
  readonly inPics: DifferenceSide;
  readonly atVendor: DifferenceSide;
  /** The rule that leaves it as it is, or the code under which it is held; null: neither. */
  readonly rule: string | null;
};

/** A difference that is kept from one audit to the next. */
export type Difference = SeenDifference &
  Pick<LaneKey, 'vendor' | 'centre' | 'ident'> & {
    /** Since when it is known, and whether by a rule or by none. */
    readonly sinceMs: number;
    readonly lastSeenMs: number;
    /** Audits that have found it, one after the other. */
    readonly sightings: number;
  };

export type DifferenceFilter = {
  readonly vendor?: VendorName;
  readonly ident?: string;
  /** False: those that no rule allows. */
  readonly isAllowed?: boolean;
  readonly limit?: number;
};

/** Differences of one kind: what their subjects begin with. */
export type DifferenceCount = {
  readonly vendor: VendorName;
  readonly kind: string;
  readonly field: string;
  readonly rule: string | null;
  readonly count: number;
  readonly oldestSinceMs: number;
};

/** How far the audit of a vendor's linked learners is: one part in seven at a time, each in the order of the idents. */
export type AuditPlace = {
  readonly part: number;
  readonly beganAtMs: number;
  /** The last learner of the part that was looked at; empty: none yet. */
  readonly afterIdent: string;
};

type Scope = Pick<LaneKey, 'vendor' | 'centre'>;

/** What the sync database keeps of differences. */
export type DifferenceStore = {
  /**
   * What an audit of a learner has found takes the place of what was known: what is found again counts once more, what is
   * not is gone. `laneVersion`: where the lane stood. Answers all there are, by subject and field.
   */
  record(
    lane: LaneKey,
    found: { readonly seen: readonly SeenDifference[]; readonly laneVersion: number },
  ): Promise<readonly Difference[]>;
  /** Oldest first. */
  list(filter?: DifferenceFilter): Promise<readonly Difference[]>;
  /** Most frequent first. */
  count(): Promise<readonly DifferenceCount[]>;
  /**
   * Learners with a difference that no rule allows, to be looked at again: not seen for so long, or seen twice and
   * something was done at their lane since.
   */
  readDue(
    scope: Scope,
    page: { readonly notSeenForMs: number; readonly movedForMs: number; readonly limit: number },
  ): Promise<readonly string[]>;
  /** Forgets the differences of learners who are not linked; answers these learners. */
  forgetUnlinked(scope: Scope): Promise<readonly string[]>;
  readPlace(scope: Scope): Promise<AuditPlace | null>;
  recordPlace(scope: Scope, place: AuditPlace): Promise<void>;
};
