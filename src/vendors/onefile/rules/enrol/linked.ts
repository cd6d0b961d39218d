import type { Officer, Qualification } from '../../../../domain/learner.ts';
import type { NewLink } from '../../../../domain/link.ts';
import type { Call } from '../../../../domain/step.ts';
import { readKey } from '../../../../domain/view.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toSteps } from '../../../common/parts.ts';
import { toDate, toText } from '../../../common/values.ts';
import { toWho } from '../../../common/who.ts';
import { isFitting, toQualificationId } from '../aim-match.ts';
import { type AimFields, type Aims, isFresh, movesOf, toUpdateAim } from '../aims.ts';
import { type Of, toAimRecord, toReadAim, toReadAims } from '../records.ts';
import { type AcceptedQualification, findDefaultOfficer, type OpenPlan, toOpenPlan } from './accepted.ts';
import { type AssignAssessor, type AssignStandard, toAimKey } from './calls.ts';
import { vendor } from './facts.ts';
import { decideOfficerState, type View } from './officers.ts';
import { findOtherOfficers, toOwnerSteps } from './unlinked.ts';

/**
 * OF-15, OF-20, OF-23: completes an enrolment after the learner was created at OneFile.
 *
 * The steps are, in this order: assign the accepted standards, fill the new aims, provide the officers,
 * assign the assessors of the aims, assign the additional assessors. Each look derives what is missing from
 * links, shadows and the milestones of the enrolment. Every step is a call of its own, so a step that
 * OneFile refuses does not block the others.
 *
 * A learner that was linked in another way while its enrolment was open was not created by us, so it is left
 * as it is.
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
    provideOfficers(view, plan),
    ...wanted.map((one) => assignOfAim(view, of, { plan, wanted: one })),
    ...plan.additional.map((code) => assignAdditional(view, of, { plan, code })),
  ]);
}

function isCreatedByUs({ lane }: View, { ident, learnerId }: Of): boolean {
  const link = lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  return link?.vendorId === learnerId && link.how === 'created';
}

type WantedAim = {
  readonly accepted: AcceptedQualification;
  readonly qualification: View['learner']['qualifications'][number];
  /** The aim, once it exists. */
  readonly aimId: string | null;
};

/** Accepted qualifications that are still in PICS. */
function findWanted({ learner, lane }: View, plan: OpenPlan): readonly WantedAim[] {
  return plan.qualifications.flatMap((accepted): readonly WantedAim[] => {
    const qualification = learner.qualifications.find(({ key }) => key === accepted.key);
    if (qualification === undefined) return [];
    const picsId = toQualificationId(learner.ident, accepted.key);
    const link = lane.links.find((one) => one.kind === 'qualification' && one.picsId === picsId);
    return [{ accepted, qualification, aimId: link?.vendorId ?? null }];
  });
}

type StandardAssignment = { readonly plan: OpenPlan; readonly aims: Aims; readonly wanted: WantedAim };

/**
 * O10: an aim of the standard that exists already, created by hand or by a template, is linked; otherwise it
 * is assigned.
 */
function assignStandard(view: View, of: Of, { plan, aims, wanted }: StandardAssignment): Part {
  const { accepted, qualification, aimId } = wanted;
  if (aimId !== null) return nothing;
  const { ident, learnerId } = of;
  const { key, standardId } = accepted;
  const present = findFreeAim(view, aims, { qualification, standardId });
  if (present !== null) return toSteps({ kind: 'link', links: [aimLink(view, accepted, present)] });
  const readAims = toReadAims(of);
  // While the plan is fresh, another person has hardly had time to assign it. Later one read makes sure.
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

/**
 * Provides officers that had no assessor when the learner was created: they were named since, or the engine
 * was stopped.
 */
function provideOfficers(view: View, plan: OpenPlan): Part {
  const officers = findOtherOfficers(view.learner, plan);
  return toSteps(...toOwnerSteps(officers.map((officer) => decideOfficerState(view, plan, officer))));
}

type WantedStandard = { readonly qualification: Qualification; readonly standardId: string };

/** The only aim of the standard that is not linked to a qualification and not from before it (D-10). */
function findFreeAim(
  { lane }: View,
  { shadows }: Aims,
  { qualification, standardId }: WantedStandard,
): string | null {
  const taken = new Set(
    lane.links.filter(({ kind }) => kind === 'qualification').map((link) => link.vendorId),
  );
  const free = shadows.filter(
    ({ vendorId, record }) =>
      record['standardId'] === standardId &&
      !taken.has(vendorId) &&
      isFitting(qualification, toAimRecord(vendorId, record)),
  );
  const [only] = free.length === 1 ? free : [];
  return only?.vendorId ?? null;
}

function aimLink({ learner, settings }: View, { key }: AcceptedQualification, vendorId: string): NewLink {
  return {
    vendor: 'onefile',
    centre: settings.centreId,
    kind: 'qualification',
    vendorId,
    how: 'matched',
    picsId: toQualificationId(learner.ident, key),
    ident: learner.ident,
  };
}

type AimAssignment = { readonly plan: OpenPlan; readonly wanted: WantedAim };

/** Assigns the assessor of one aim, unless it is the Default Assessor anyway. */
function assignOfAim(view: View, of: Of, { plan, wanted }: AimAssignment): Part {
  const { accepted, qualification, aimId } = wanted;
  const officer = findOfficer(view, qualification.officer);
  if (aimId === null || officer === null) return nothing;
  const subject = `assessor:${toQualificationId(of.ident, accepted.key)}`;
  return assign(view, of, { plan, officer, subject, standardId: accepted.standardId });
}

type AdditionalAssignment = { readonly plan: OpenPlan; readonly code: string };

function assignAdditional(view: View, of: Of, { plan, code }: AdditionalAssignment): Part {
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

/**
 * No read shows which assessors are assigned, so the enrolment stores a milestone. Assigning one twice does
 * no harm at OneFile.
 */
function assign(view: View, of: Of, { plan, officer, subject, standardId }: Assignment): Part {
  if (plan.milestones.includes(subject)) return nothing;
  const state = decideOfficerState(view, plan, officer);
  if (state.kind === 'impossible')
    return toHold({
      subject,
      code: state.code,
      params: { ...state.params, ...toWho(view.learner, 'onefile') },
    });
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

type AimContext = { readonly view: View; readonly of: Of; readonly aims: Aims };
type EnrolledAim = { readonly qualification: Qualification; readonly aimId: string };

/**
 * OF-15, A-2, D-1: reads a new aim, then sends in one call the values that PICS has and OneFile shows blank.
 *
 * One read of all aims is enough for all of them. An aim that was created after that read is read by itself.
 * An aim that its own read does not show is gone and is held.
 */
function fillAim({ view, of, aims }: AimContext, enrolled: EnrolledAim): Part {
  const { qualification, aimId } = enrolled;
  const shadow = aims.shadows.find(({ vendorId }) => vendorId === aimId);
  const fields = shadow === undefined ? null : findBlankFields(view, qualification, shadow);
  if (fields !== null && Object.keys(fields).length === 0) return nothing;
  const [readAims, readAim] = [toReadAims(of), toReadAim(of, aimId)];
  const hasReadOne = view.reads.has(readKey(readAim));
  const isSeen =
    shadow !== undefined && view.reads.has(readKey(readAims)) && isFresh(view, aims, { id: aimId });
  if (fields !== null && (isSeen || hasReadOne))
    return toSteps(
      toCallStep({
        ...toUpdateAim(view, of.learnerId, aimId, fields),
        restsOn: [readAims, readAim].map(readKey),
      }),
    );
  if (!view.reads.has(readKey(readAims))) return toSteps(toCallStep(readAims));
  return hasReadOne ? goneAimHold(of, enrolled) : toSteps(toCallStep(readAim));
}

/**
 * The four exchanged values as in every run, plus start and planned end, which are sent at enrolment only
 * (OF-46).
 */
function findBlankFields(
  view: View,
  qualification: Qualification,
  { vendorId, record }: Aims['shadows'][number],
): AimFields {
  const { toOneFile } = movesOf(view, { qualification, aim: toAimRecord(vendorId, record) });
  const fields: AimFields = { ...toOneFile };
  const [startOn, plannedEndOn] = [toDate(qualification.startOn), toDate(qualification.expectedEndOn)];
  if (startOn !== null && isBlank(record, 'startOn')) fields.startOn = startOn;
  if (plannedEndOn !== null && isBlank(record, 'plannedEndOn')) fields.plannedEndOn = plannedEndOn;
  return fields;
}

/** A field that OneFile shows unreadably is not blank. */
function isBlank(record: Aims['shadows'][number]['record'], field: 'startOn' | 'plannedEndOn'): boolean {
  const { unreadable } = record;
  return toText(record[field]) === null && !(Array.isArray(unreadable) && unreadable.includes(field));
}

/** O16: a linked aim that OneFile no longer shows is held for a person and never created again. */
function goneAimHold({ ident }: Of, { qualification, aimId }: EnrolledAim): Part {
  const code = toQualificationId(ident, qualification.key);
  const params = { vendor, kind: 'qualification', code, id: aimId, ident };
  return toHold({ subject: `qualification:${code}`, code: 'LINK_GONE', params });
}
