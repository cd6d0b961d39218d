import type { Officer } from '../../../../core/learner.ts';
import type { NewLink } from '../../../../core/link.ts';
import type { Call } from '../../../../core/step.ts';
import { readKey } from '../../../../core/view.ts';
import { toQualificationId } from '../aim-match.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from '../part.ts';
import type { Aims } from '../push-aims.ts';
import { type Of, toReadAims } from '../reads.ts';
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
    ...wanted.map((one) => assignStandard(view, of, { plan, aims, wanted: one })),
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

type Assigning = { readonly plan: OpenPlan; readonly aims: Aims; readonly wanted: Wanted };

/** O10: an aim of that standard that is there already, made by hand or by a template, is taken and not made once more. */
function assignStandard(view: View, of: Of, { plan, aims, wanted }: Assigning): Part {
  const { accepted, aimId } = wanted;
  if (aimId !== null) return nothing;
  const { ident, learnerId } = of;
  const { key, standardId } = accepted;
  const present = findFreeAim(view, aims, standardId);
  if (present !== null) return toSteps({ kind: 'link', links: [toAimLink(view, accepted, present)] });
  const readAims = toReadAims(of);
  // While the plan is young nobody else has had the time; later it costs one read to know.
  if (!plan.isFresh && !view.reads.has(readKey(readAims))) return toSteps(toCallStep(readAims));
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

/** The one aim of the standard that no qualification has. */
function findFreeAim({ lane }: View, { shadows }: Aims, standardId: string): string | null {
  const taken = new Set(
    lane.links.filter(({ kind }) => kind === 'qualification').map((link) => link.vendorId),
  );
  const free = shadows.filter(
    ({ vendorId, record }) => record['standardId'] === standardId && !taken.has(vendorId),
  );
  const [only] = free.length === 1 ? free : [];
  return only?.vendorId ?? null;
}

function toAimLink({ learner, settings }: View, { key }: AcceptedQualification, vendorId: string): NewLink {
  return {
    ...{ vendor: 'onefile', centre: settings.centreId, kind: 'qualification', vendorId, how: 'matched' },
    ...{ picsId: toQualificationId(learner.ident, key), ident: learner.ident },
  };
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
