import type { Learner, Officer, Placement } from '../../../../core/learner.ts';
import type { LaneState } from '../../../../core/ledger.ts';
import { choosePlacement } from '../placement-choice.ts';
import type { OneFileSettings } from '../settings.ts';
import type { AcceptedPlan } from './accepted.ts';

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
