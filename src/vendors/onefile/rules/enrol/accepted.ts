import type { EnrolmentChoices } from '../../../../domain/enrolment.ts';
import type { Learner, Officer, Placement } from '../../../../domain/learner.ts';
import type { LaneState } from '../../../../domain/ledger.ts';
import { choosePlacement } from '../placement-choice.ts';
import type { OneFileSettings } from '../settings.ts';
import { toReferenceKey } from '../values.ts';

/**
 * What is kept of an accepted enrolment: ids, codes and choices, no personal data.
 *
 * Names, dates and addresses are read afresh when they are sent (D-3).
 */
export type AcceptedPlan = {
  /** Who becomes the Default Assessor: an officer, or the fallback's id. */
  readonly defaultAssessor: AcceptedPartner;
  readonly placement: AcceptedPartner;
  readonly classroomId: string;
  readonly qualifications: readonly AcceptedQualification[];
  /** Officer codes that become additional assessors (OF-20). */
  readonly additional: readonly string[];
  /** Officers that were looked for by MIS value: null = nobody found, so the create needs no second look. */
  readonly looked: Readonly<Record<string, string | null>>;
  /** The same for the organisation, by its code. */
  readonly lookedPlacement: Readonly<Record<string, string | null>>;
  /** Learners of OneFile that the person has seen and does not mean: never adopted as the created one. */
  readonly knownLearners: readonly string[];
};

/** `code` of the PICS record; `vendorId` alone for a fallback. */
export type AcceptedPartner = { readonly code: string | null; readonly vendorId: string | null };

export type AcceptedQualification = {
  /** `reference/seq` */
  readonly key: string;
  readonly standardId: string;
};

/**
 * OF-12: other standards for qualifications of an accepted enrolment, by key or by reference.
 *
 * What was assigned already stays: only a qualification without an aim asks for its standard again.
 */
export function correctChoices<Plan extends Pick<AcceptedPlan, 'qualifications'>>(
  plan: Plan,
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
): Plan {
  const find = (key: string): string | undefined => {
    if (Object.hasOwn(pathways, key)) return pathways[key];
    const reference = toReferenceKey(key.slice(0, key.lastIndexOf('/')));
    return Object.entries(pathways).find(([name]) => toReferenceKey(name) === reference)?.[1];
  };
  const qualifications = plan.qualifications.map(({ key, standardId }) => ({
    key,
    standardId: find(key) ?? standardId,
  }));
  return { ...plan, qualifications };
}

/** For so long what OneFile said when the plan was made is taken for true. */
const freshForMs = 600_000;

/** An accepted enrolment in work. */
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

/** Who becomes Default Assessor: the officer that was accepted; if PICS names it no more, the Main Officer of now. */
export function findDefaultOfficer(
  { officers, mainOfficer }: Learner,
  { defaultAssessor }: AcceptedPlan,
): Officer | null {
  const find = (wanted: string | null): Officer | undefined => officers.find(({ code }) => code === wanted);
  return defaultAssessor.code === null ? null : (find(defaultAssessor.code) ?? find(mainOfficer) ?? null);
}

/** The placement whose organisation was accepted; if the learner has none there any more, the one it has now. */
export function findPlacement({ placements }: Learner, { placement }: AcceptedPlan): Placement | null {
  if (placement.code === null) return null;
  return (
    placements.find(({ organisation }) => organisation === placement.code) ?? choosePlacement(placements)
  );
}

/** The accepted fallback, or the one of now when the accepted record is not there any more. */
export function findFallback(
  { code, vendorId }: AcceptedPlan['placement'],
  setting: OneFileSettings['fallbackAssessorId'],
): string | null {
  return code === null ? vendorId : (setting ?? null);
}
