import type { Learner, Officer } from '../../../../domain/learner.ts';
import type { Link } from '../../../../domain/link.ts';
import type { OneFileCentre, OneFileSettings } from '../settings.ts';

/**
 * What must be asked of OneFile before an enrolment can be planned, and the answers.
 *
 * This takes few calls: three searches for the learner, two for each officer without a link, one paged list
 * if the organisation has no link, one search if a tag names the classroom.
 */
export type EnrolmentAsk = {
  readonly ident: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  /** Codes of officers without a link, searched for by MIS value. */
  readonly officers: readonly string[];
  /** Assessor ids of PICS or of the link table that were not seen lately: read by id. */
  readonly assessorIds: readonly string[];
  /** Code of the organisation if it has no link: searched for by MIS value. */
  readonly organisation: string | null;
  /** A placement id typed into PICS and never checked: read by id. */
  readonly placementId: string | null;
  /** Name of the wanted classroom. */
  readonly classroom: string | null;
};

/** A learner of the centre that may be the same person, with all fields that OF-11 compares. */
export type LearnerCandidate = {
  readonly id: string;
  readonly misId: string | null;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly email: string | null;
  readonly birthDate: string | null;
  readonly uln: string | null;
  readonly niNumber: string | null;
};

export type Named = { readonly id: string; readonly name: string | null };

export type EnrolmentFacts = {
  /** Learners found by MIS value = ident, by e-mail and by names; archived ones are included. */
  readonly candidates: readonly LearnerCandidate[];
  /** Assessors by MIS value, for each code that was asked for; archived ones are included. */
  readonly assessors: Readonly<Record<string, readonly Named[]>>;
  /** Of the assessor ids asked for, those that are not in the centre. */
  readonly missingAssessors: readonly string[];
  /** Placements that have the organisation's code as MIS value. */
  readonly placements: readonly Named[];
  readonly isPlacementMissing: boolean;
  /** Classrooms with exactly this name, ignoring case. */
  readonly classrooms: readonly Named[];
  readonly centres: readonly Named[];
};

/** A standard that the centre offers; one code may have several (pathways). */
export type OfferedStandard = { readonly id: string; readonly code: string; readonly title: string | null };

export const vendor = 'OneFile';

export type EnrolmentInput = Naming & {
  /** Links of the learner's lane. */
  readonly links: readonly Link[];
  /** Without it a link whose id PICS does not show counts as cleared by a person (OF-24). */
  readonly nowMs?: number;
};

/** Anything else than digits cannot be an id of OneFile and is not asked for. */
export function isId(text: string): boolean {
  return /^\d{1,18}$/.test(text);
}

/** An officer with a record in PICS, and everything an enrolment needs it for (OF-20). */
export type NamedOfficer = {
  readonly officer: Officer;
  /** As a preview shows them. */
  readonly parts: readonly string[];
  readonly isMain: boolean;
  readonly isAdditional: boolean;
  /** A review cannot do without its officer; a qualification without one has the Default Assessor (OF-51). */
  readonly isReviewer: boolean;
};

export type Naming = {
  readonly learner: Learner;
  readonly settings: OneFileSettings;
  readonly centre: OneFileCentre;
};
