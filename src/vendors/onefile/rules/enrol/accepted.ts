import type { EnrolmentChoices } from '../../../../domain/enrolment.ts';
import type { Learner, Officer, Placement } from '../../../../domain/learner.ts';
import type { LaneState } from '../../../../domain/ledger.ts';
import { findCorrection } from '../../../common/qualification-plan.ts';
import { choosePlacement } from '../placement-choice.ts';
import type { OneFileSettings } from '../settings.ts';

/**
 * The part of an accepted enrolment that is stored: ids, codes and choices, no personal data.
 *
 * Names, dates and addresses are read again when they are sent (D-3).
 */
export type AcceptedPlan = {
  /** The officer who becomes the Default Assessor, or the fallback's id. */
  readonly defaultAssessor: AcceptedPartner;
  readonly placement: AcceptedPartner;
  readonly classroomId: string;
  readonly qualifications: readonly AcceptedQualification[];
  /** Officer codes that become additional assessors (OF-20). */
  readonly additional: readonly string[];
  /**
   * Officers that were searched for by MIS value, with the assessor found; null = none found, so the create
   * needs no second search.
   */
  readonly looked: Readonly<Record<string, string | null>>;
  /** The same for the organisation, by its code. */
  readonly lookedPlacement: Readonly<Record<string, string | null>>;
  /**
   * Learners of OneFile that were shown in the preview and are not meant. They are never adopted as the
   * created learner.
   */
  readonly knownLearners: readonly string[];
};

/** `code` is that of the PICS record; a fallback has only a `vendorId`. */
export type AcceptedPartner = { readonly code: string | null; readonly vendorId: string | null };

export type AcceptedQualification = {
  /** `reference/seq` */
  readonly key: string;
  readonly standardId: string;
};

/**
 * OF-12: changes the standards of qualifications of an accepted enrolment, by key or by reference.
 *
 * An aim that was already assigned stays. Only a qualification without an aim uses the new standard.
 */
export function correctChoices<Plan extends Pick<AcceptedPlan, 'qualifications'>>(
  plan: Plan,
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
): Plan {
  const qualifications = plan.qualifications.map(({ key, standardId }) => ({
    key,
    standardId: findCorrection(key, pathways) ?? standardId,
  }));
  return { ...plan, qualifications };
}

/** How long the answers of OneFile from the time of planning are trusted. */
const freshForMs = 600_000;

/** An accepted enrolment that is not finished. */
export type OpenPlan = AcceptedPlan & {
  readonly isFresh: boolean;
  readonly milestones: readonly string[];
};

export function toOpenPlan({ enrolment }: Pick<LaneState, 'enrolment'>, nowMs: number): OpenPlan | null {
  if (enrolment === null) return null;
  const { plan, plannedAtMs, milestones } = enrolment;
  return {
    ...(plan as unknown as AcceptedPlan),
    isFresh: nowMs - plannedAtMs < freshForMs,
    milestones,
  };
}

/**
 * The Default Assessor: the accepted officer, or the current Main Officer if PICS no longer names the
 * accepted one.
 */
export function findDefaultOfficer(
  { officers, mainOfficer }: Learner,
  { defaultAssessor }: AcceptedPlan,
): Officer | null {
  const find = (wanted: string | null): Officer | undefined => officers.find(({ code }) => code === wanted);
  return defaultAssessor.code === null ? null : (find(defaultAssessor.code) ?? find(mainOfficer) ?? null);
}

/**
 * The placement of the accepted organisation, or the current one if the learner no longer has that
 * placement.
 */
export function findPlacement(
  { placements }: Learner,
  { placement }: AcceptedPlan,
  nowMs: number,
): Placement | null {
  if (placement.code === null) return null;
  return (
    placements.find(({ organisation }) => organisation === placement.code) ??
    choosePlacement(placements, nowMs)
  );
}

/** The accepted fallback, or the configured one when the accepted record no longer exists. */
export function findFallback(
  { code, vendorId }: AcceptedPlan['placement'],
  setting: OneFileSettings['fallbackAssessorId'],
): string | null {
  return code === null ? vendorId : (setting ?? null);
}
