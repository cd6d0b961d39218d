import type { Learner, Officer } from '../../../../domain/learner.ts';
import type { Call, NextStep } from '../../../../domain/step.ts';
import { readKey } from '../../../../domain/view.ts';
import { toLearnerSubject } from '../../../common/learner-link.ts';
import { nothing, type Part, toCallStep, toHold, toSteps } from '../../../common/parts.ts';
import { toDate, toSex, toText, toUln } from '../../../common/values.ts';
import { toWho } from '../../../common/who.ts';
import { findReviewOfficer } from '../review-upload.ts';
import type { OneFileSettings } from '../settings.ts';
import { findDefaultOfficer, findFallback, findPlacement, type OpenPlan, toOpenPlan } from './accepted.ts';
import { type CreateLearner, type FindLearner, toMisKey } from './calls.ts';
import {
  decideOfficerState,
  decideOrganisationState,
  findUploads,
  type OwnerState,
  type View,
} from './officers.ts';

/**
 * OF-13, O15: the steps from an accepted enrolment to a learner at OneFile.
 *
 * First the officers and the organisation that the enrolment names are provided, all at the same time, each
 * in its own lane. Then the learner is created. If OneFile demands an assessor or a placement and it cannot
 * be provided, the learner is held and not created. Other officers are requested too, but the learner does
 * not wait for them.
 */
export function enrolUnlinked(view: View): Part {
  const plan = toOpenPlan(view.lane, view.nowMs);
  if (plan === null) return nothing;
  const { learner, settings } = view;
  const main = findDefaultOfficer(learner, plan);
  const placement = findPlacement(learner, plan, view.nowMs);
  const assessor =
    main === null
      ? fallbackState(findFallback(plan.defaultAssessor, settings.fallbackAssessorId))
      : decideOfficerState(view, plan, main);
  const place =
    placement === null
      ? fallbackState(findFallback(plan.placement, settings.fallbackPlacementId))
      : decideOrganisationState(view, plan, placement);
  const others = [...findOtherOfficers(learner, plan), ...findReviewers(view)];
  const states = others.map((officer) => decideOfficerState(view, plan, officer));
  const preparing = toOwnerSteps([assessor, place, ...states]);
  const missing =
    findMissing(learner, assessor, 'NO_ASSESSOR') ?? findMissing(learner, place, 'NO_PLACEMENT');
  if (missing !== null) return { ...missing, candidates: preparing };
  if (assessor.kind !== 'linked' || place.kind !== 'linked') return toSteps(...preparing);
  const { classroomId } = plan;
  const organisationCode = placement?.organisation ?? null;
  const ids = {
    defaultAssessorId: assessor.vendorId,
    placementId: place.vendorId,
    classroomId,
    ...(main === null ? {} : { officerCode: main.code }),
    ...(organisationCode === null ? {} : { organisationCode }),
  };
  const creating = createLearner(view, plan, ids);
  return { ...creating, candidates: [...preparing, ...creating.candidates] };
}

/**
 * Officers of the accepted qualifications and the additional assessors. The learner does not wait for them.
 */
export function findOtherOfficers(
  { officers, qualifications }: Learner,
  plan: Pick<OpenPlan, 'qualifications' | 'additional'>,
): readonly Officer[] {
  const keys = new Set(plan.qualifications.map(({ key }) => key));
  const assigned = qualifications.filter(({ key }) => keys.has(key)).map(({ officer }) => officer);
  const codes = new Set([...assigned, ...plan.additional]);
  return officers.filter(({ code }) => codes.has(code));
}

/** Officers of the reviews that are uploaded after the learner was created (OF-19). */
function findReviewers(view: View): readonly Officer[] {
  return findUploads(view)
    .map((review) => findReviewOfficer(review, view.learner))
    .filter((officer) => officer !== null);
}

/**
 * One step that stores all links that are known already, and one step that requests all other owners at the
 * same time.
 */
export function toOwnerSteps(states: readonly OwnerState[]): readonly NextStep[] {
  const links = states.flatMap((state) => (state.kind === 'link' ? [state.link] : []));
  const owners = states.flatMap((state) => (state.kind === 'need' ? [state.owner] : []));
  const unique = <T>(all: readonly T[], toKey: (one: T) => string): readonly T[] => [
    ...new Map(all.map((one) => [toKey(one), one])).values(),
  ];
  const steps: NextStep[] = [];
  if (links.length > 0)
    steps.push({ kind: 'link', links: unique(links, ({ kind, picsId }) => `${kind} ${picsId}`) });
  if (owners.length > 0)
    steps.push({ kind: 'need', owners: unique(owners, ({ kind, code }) => `${kind} ${code}`) });
  return steps;
}

function fallbackState(vendorId: string | null): OwnerState {
  return vendorId === null ? { kind: 'without' } : { kind: 'linked', vendorId };
}

function findMissing(learner: Learner, state: OwnerState, code: string): Part | null {
  const subject = toLearnerSubject(learner.ident);
  if (state.kind === 'without') return toHold({ subject, code, params: toWho(learner, 'onefile') });
  if (state.kind !== 'impossible') return null;
  return toHold({ subject, code: state.code, params: { ...state.params, ...toWho(learner, 'onefile') } });
}

/** O10: creates the learner. If the plan is old, it first looks whether the learner exists by now. */
function createLearner(view: View, plan: OpenPlan, ids: Ids): Part {
  const { learner, settings, reads } = view;
  const mandatory = toMandatory(learner);
  const subject = toLearnerSubject(learner.ident);
  if (mandatory === null) {
    const code = learner.email === null ? 'NO_EMAIL' : 'NO_NAME';
    return toHold({ subject, code, params: toWho(learner, 'onefile') });
  }
  const find = findLearnerCall(mandatory, plan);
  if (!plan.isFresh && !reads.has(readKey(find))) return toSteps(toCallStep(find));
  const request = toCreateLearner(learner, { mandatory, ids }, settings);
  const naturalKey = toMisKey(request.misId ?? null, plan.knownLearners);
  return toSteps(toCallStep({ name: 'create-learner', effect: 'create', subject, naturalKey, request }));
}

function findLearnerCall(mandatory: Mandatory, { knownLearners }: OpenPlan): Call {
  const request: FindLearner = { ...mandatory, except: knownLearners };
  const subject = toLearnerSubject(mandatory.ident);
  return { name: 'find-learner', effect: 'read', subject, naturalKey: null, request };
}

/** The OneFile ids that the learner is created with, and their PICS codes. */
type Ids = Pick<
  CreateLearner,
  'defaultAssessorId' | 'placementId' | 'classroomId' | 'officerCode' | 'organisationCode'
>;

/** The fields that OneFile demands of every learner. */
type Mandatory = Pick<FindLearner, 'ident' | 'firstName' | 'lastName' | 'email'>;

/** Null when one of them was removed from PICS since the enrolment was accepted. */
export function toMandatory({ ident, ...learner }: Learner): Mandatory | null {
  const [firstName, lastName] = [toText(learner.firstName), toText(learner.surname)];
  const email = toText(learner.email);
  if (firstName === null || lastName === null || email === null) return null;
  return { ident, firstName, lastName, email };
}

/** OF-13: the fields of a new learner, from a fresh read. Blanks, dates that are none (D-17) and an invalid ULN are left out. */
export function toCreateLearner(
  learner: Learner,
  known: { readonly mandatory: Mandatory; readonly ids: Ids },
  settings: Pick<OneFileSettings, 'sendMisValue' | 'matchBy'>,
): CreateLearner {
  const usesMisValue = settings.sendMisValue || settings.matchBy === 'misValue';
  const optional = {
    misId: usesMisValue ? learner.ident : null,
    phone: toText(learner.phone),
    mobile: toText(learner.mobile),
    birthDate: toDate(learner.birthDate),
    uln: toUln(learner.uln),
    niNumber: toText(learner.niNumber),
    startOn: toDate(learner.startOn),
    expectedEndOn: toDate(learner.expectedEndOn),
    ethnicity: toText(learner.ethnicity),
    sex: toSex(learner.sex),
    disability: toText(learner.disability),
  };
  return { ...known.mandatory, ...known.ids, ...withoutBlanks(optional) };
}

function withoutBlanks<T extends Readonly<Record<string, string | null>>>(
  fields: T,
): { readonly [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    readonly [K in keyof T]?: string;
  };
}
