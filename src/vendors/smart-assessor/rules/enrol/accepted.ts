import type { EnrolmentChoices } from '../../../../domain/enrolment.ts';
import type { LaneState } from '../../../../domain/ledger.ts';
import { findCorrection } from '../../../common/qualification-plan.ts';

/**
 * The part of an accepted enrolment that is stored: codes, ids and choices, no personal data. Names, dates and addresses
 * are read again when they are sent (D-3).
 */
export type AcceptedPlan = {
  /** Code of the officer whose assessor goes along; null = no officer is sent (SA-15). */
  readonly officer: string | null;
  /** The same for the second assessor (SA-16). */
  readonly second: string | null;
  /** Code of the organisation that is the employer; null = none is sent (SA-17). */
  readonly employer: string | null;
  readonly courses: readonly AcceptedCourse[];
};

export type AcceptedCourse = {
  /** `reference/seq` */
  readonly key: string;
  readonly courseId: string;
};

/** changes the courses of qualifications of an accepted enrolment, by key or by reference. */
export function correctChoices<Plan extends Pick<AcceptedPlan, 'courses'>>(
  plan: Plan,
  { pathways }: Pick<EnrolmentChoices, 'pathways'>,
): Plan {
  const courses = plan.courses.map(({ key, courseId }) => ({
    key,
    courseId: findCorrection(key, pathways) ?? courseId,
  }));
  return { ...plan, courses };
}

/** An accepted enrolment that is not finished. */
export type OpenPlan = AcceptedPlan & { readonly milestones: readonly string[] };

export function toOpenPlan({ enrolment }: Pick<LaneState, 'enrolment'>): OpenPlan | null {
  if (enrolment === null) return null;
  return { ...(enrolment.plan as unknown as AcceptedPlan), milestones: enrolment.milestones };
}
