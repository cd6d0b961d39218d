import type { Officer } from '../../../../core/learner.ts';
import type { Call } from '../../../../core/step.ts';
import { toQualificationId } from '../aim-match.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from '../part.ts';
import type { Aims } from '../push-aims.ts';
import type { Of } from '../reads.ts';
import type { AcceptedQualification } from './accepted.ts';
import { fillAim } from './aim-steps.ts';
import { type AssignAssessor, type AssignStandard, toAimKey } from './calls.ts';
import { findOtherOfficers, toOwnerSteps } from './enrol-unlinked.ts';
import { toWho } from './names.ts';
import { findDefaultOfficer, type OpenPlan, toOpenPlan } from './open-plan.ts';
import { decideOfficerState, type View } from './owner-state.ts';

/**
 * OF-15, OF-20, OF-23: what an enrolled learner still lacks. Every step by itself, so that one that OneFile refuses does
 * not keep the others.
 *
 * A learner that was linked in another way while its enrolment was open is not ours to fill: nothing is left to do.
 */
export function enrolLinked(view: View, of: Of, aims: Aims): Part {
  const plan = toOpenPlan(view.lane, view.nowMs);
  if (plan === null || !isCreatedByUs(view, of)) return nothing;
  const wanted = findWanted(view, plan);
  return joinParts([
    ...wanted.map((one) => assignStandard(of, one)),
    ...wanted.map(({ qualification, aimId }) =>
      aimId === null ? nothing : fillAim({ view, of, aims }, { qualification, aimId }),
    ),
    bringOfficers(view, plan),
    ...wanted.map((one) => assignOfAim(view, of, { plan, wanted: one })),
    ...plan.additional.map((code) => assignAdditional(view, of, { plan, code })),
  ]);
}

/** Ends the enrolment when it has no step left, held ones included. Comes after everything else of a look. */
export function concludeEnrolled({ lane }: Pick<View, 'lane'>, { candidates, holds }: Part): Part {
  const isOpen = lane.enrolment !== null && (candidates.length > 0 || holds.length > 0);
  return lane.enrolment === null || isOpen ? nothing : toSteps({ kind: 'conclude' });
}

function isCreatedByUs({ lane }: View, { ident, learnerId }: Of): boolean {
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  return link?.vendorId === learnerId && link.how === 'created';
}

type Wanted = {
  readonly accepted: AcceptedQualification;
  readonly qualification: View['learner']['qualifications'][number];
  /** The aim, once it is there. */
  readonly aimId: string | null;
};

/** Accepted qualifications that are still in PICS. */
function findWanted({ learner, lane }: View, plan: OpenPlan): readonly Wanted[] {
  return plan.qualifications.flatMap((accepted): readonly Wanted[] => {
    const qualification = learner.qualifications.find(({ key }) => key === accepted.key);
    if (qualification === undefined) return [];
    const picsId = toQualificationId(learner.ident, accepted.key);
    const link = lane.links.find((one) => one.kind === 'qualification' && one.picsId === picsId);
    return [{ accepted, qualification, aimId: link?.vendorId ?? null }];
  });
}

function assignStandard({ ident, learnerId }: Of, { accepted, aimId }: Wanted): Part {
  if (aimId !== null) return nothing;
  const { key, standardId } = accepted;
  const request: AssignStandard = { ident, learnerId, key, standardId };
  const call: Call = {
    name: 'assign-standard',
    effect: 'create',
    subject: `qualification:${toQualificationId(ident, key)}`,
    naturalKey: toAimKey({ learnerId, standardId }),
    request,
  };
  return toSteps(toCallStep(call));
}

/** Whoever was not brought before the learner was created: named since, or the engine was stopped in between. */
function bringOfficers(view: View, plan: OpenPlan): Part {
  const officers = findOtherOfficers(view.learner, plan);
  return toSteps(...toOwnerSteps(officers.map((officer) => decideOfficerState(view, plan, officer))));
}

type OfAim = { readonly plan: OpenPlan; readonly wanted: Wanted };

/** The assessor of one aim, where it is not the Default Assessor anyway. */
function assignOfAim(view: View, of: Of, { plan, wanted }: OfAim): Part {
  const { accepted, qualification, aimId } = wanted;
  const officer = findOfficer(view, qualification.officer);
  if (aimId === null || officer === null) return nothing;
  const subject = `assessor:${toQualificationId(of.ident, accepted.key)}`;
  return assign(view, of, { plan, officer, subject, standardId: accepted.standardId });
}

type OfCode = { readonly plan: OpenPlan; readonly code: string };

function assignAdditional(view: View, of: Of, { plan, code }: OfCode): Part {
  const officer = findOfficer(view, code);
  if (officer === null) return nothing;
  return assign(view, of, { plan, officer, subject: `additional:${of.ident}/${code}`, standardId: null });
}

type Assignment = {
  readonly plan: OpenPlan;
  readonly officer: Officer;
  readonly subject: string;
  readonly standardId: string | null;
};

/** No read shows who was assigned, so the enrolment remembers it; once too often does no harm at OneFile. */
function assign(view: View, of: Of, { plan, officer, subject, standardId }: Assignment): Part {
  if (plan.milestones.includes(subject)) return nothing;
  const state = decideOfficerState(view, plan, officer);
  if (state.kind === 'impossible')
    return toHold({ subject, code: state.code, params: { ...state.params, ...toWho(view.learner) } });
  if (state.kind !== 'linked' || state.vendorId === findDefaultAssessor(view, plan)) return nothing;
  const request: AssignAssessor = { learnerId: of.learnerId, assessorId: state.vendorId, standardId };
  const call: Call = {
    name: 'assign-assessor',
    effect: 'update',
    subject,
    naturalKey: null,
    request,
    milestone: subject,
  };
  return toSteps(toCallStep(call));
}

function findDefaultAssessor(view: View, plan: OpenPlan): string | null {
  const officer = findDefaultOfficer(view.learner, plan);
  if (officer === null) return plan.defaultAssessor.vendorId;
  const state = decideOfficerState(view, plan, officer);
  return state.kind === 'linked' ? state.vendorId : null;
}

function findOfficer({ learner }: View, wanted: string | null): Officer | null {
  return learner.officers.find(({ code }) => code === wanted) ?? null;
}
