import type { EnrolmentChoices, EnrolmentPlan, Partner, PlanFault } from '../../../../domain/enrolment.ts';
import type { Learner, Qualification } from '../../../../domain/learner.ts';
import type { Link } from '../../../../domain/link.ts';
import { toNiKey } from '../../../common/person.ts';
import { planQualifications, toChoose } from '../../../common/qualification-plan.ts';
import { isSameName, isUnreadable, toReferenceKey, toText, toUln } from '../../../common/values.ts';
import { compareText, toFullName, toWho } from '../../../common/who.ts';
import { decideOwnerLink } from '../links.ts';
import { choosePlacement } from '../placement-choice.ts';
import type { AcceptedPartner, AcceptedPlan } from './accepted.ts';
import { findFirstFault } from './ask.ts';
import {
  type EnrolmentFacts,
  type EnrolmentInput,
  isId,
  type LearnerCandidate,
  type OfferedStandard,
  vendor,
} from './facts.ts';
import { findOnly, findUploads, type PlanInput, planOfficers } from './officers.ts';

export type EnrolmentPlanInput = EnrolmentInput & {
  readonly facts: EnrolmentFacts;
  readonly standards: readonly OfferedStandard[];
  readonly choices: EnrolmentChoices;
};

/**
 * Plans what an enrolment would do, and whether it may (OF-11 to OF-22).
 *
 * Officers, organisation, classroom and qualifications are planned separately. Then the checks are run in a
 * fixed order, and the first fault is the refusal. The function is pure: preview and command use the same
 * answer. Besides the links of the lane, `links` should contain the learner links of the candidates, so that
 * another ident of the person can be named.
 */
export function planEnrolment(given: EnrolmentPlanInput): EnrolmentPlan {
  const input = { ...given, nowMs: given.nowMs ?? Number.POSITIVE_INFINITY };
  const { learner, links, facts, choices, settings, standards } = input;
  const officers = planOfficers(input);
  const organisation = planOrganisation(input);
  const classroom = planClassroom(input);
  const offersOf = ({ reference }: Qualification) => findStandards(reference, standards);
  const qualifications = planQualifications(learner.qualifications, offersOf, choices, 'onefile');
  const duplicate = choices.createAnyway ? null : findDuplicates(learner, facts.candidates, links);
  // The order of the checks: the first fault that is not null refuses the command.
  const refusal =
    findFirstFault(learner, links, input.nowMs) ??
    officers.gone ??
    officers.noAssessor ??
    classroom.noClassroom ??
    organisation.gone ??
    organisation.noPlacement ??
    checkCentre(choices, settings.centreId) ??
    qualifications.choose ??
    officers.notUnique ??
    organisation.notUnique ??
    duplicate;
  const accepted: AcceptedPlan = {
    ...officers.accepted,
    ...organisation.accepted,
    classroomId: classroom.partner.vendorId ?? '',
    qualifications: qualifications.planned.flatMap(({ key, chosen }) =>
      chosen === null ? [] : [{ key, standardId: chosen }],
    ),
    knownLearners: [...new Set(facts.candidates.map(({ id }) => id))].sort(),
  };
  return {
    refusal,
    warnings: [
      ...officers.warnings,
      ...classroom.warnings,
      ...organisation.warnings,
      ...qualifications.warnings,
      ...checkUln(input),
      ...checkDates(input),
    ],
    learner: {
      ident: learner.ident,
      name: toFullName(learner) || null,
      email: learner.email,
      startOn: learner.startOn,
    },
    centres: facts.centres,
    centre: settings.centreId,
    officers: officers.partners,
    organisation: organisation.partner,
    classroom: classroom.partner,
    qualifications: qualifications.planned,
    reviewCount: findUploads(input).length,
    accepted,
  };
}

/** OF-12, OF-5: only the centre of the settings is called. */
function checkCentre({ centre }: EnrolmentChoices, centreId: string): PlanFault | null {
  return centre === null || centre === centreId ? null : toChoose(centre, 'onefile');
}

/** */
function checkUln({ learner }: EnrolmentInput): readonly PlanFault[] {
  const isBad = learner.uln !== null && toUln(learner.uln) === null;
  return isBad ? [{ code: 'ULN_INVALID', params: toWho(learner, 'onefile') }] : [];
}

/** D-17: dates that are none are left out of the new learner, and the plan says which. */
function checkDates({ learner }: EnrolmentInput): readonly PlanFault[] {
  const named = {
    'Date of Birth': learner.birthDate,
    'Start Date': learner.startOn,
    'Expected End Date': learner.expectedEndOn,
  };
  const unreadable = Object.entries(named).filter(([, date]) => isUnreadable(date));
  if (unreadable.length === 0) return [];
  const field = unreadable.map(([name]) => name).join(', ');
  return [{ code: 'UNREADABLE_DATE', params: { vendor: 'PICS', what: `learner ${learner.ident}`, field } }];
}

type OrganisationPlan = {
  readonly partner: Partner;
  readonly warnings: readonly PlanFault[];
  readonly gone: PlanFault | null;
  readonly noPlacement: PlanFault | null;
  readonly notUnique: PlanFault | null;
  readonly accepted: Pick<AcceptedPlan, 'placement' | 'lookedPlacement'>;
};

/**
 * OF-22, OF-31 to OF-33: plans the organisation that becomes the learner's Placement.
 *
 * A linked or typed id is used if the centre has it. Otherwise a single placement with the organisation's
 * code as MIS value is matched, and without a hit one will be created. Without an organisation the fallback
 * is used.
 */
function planOrganisation(input: PlanInput): OrganisationPlan {
  const { learner, links, settings, facts, nowMs } = input;
  const placement = choosePlacement(learner.placements, nowMs);
  const code = placement?.organisation ?? null;
  if (placement === null || code === null) return fallbackPlan(input, null);
  const { organisationName: name, organisationExternalId: externalId } = placement;
  const link = decideOwnerLink({ kind: 'organisation', code, externalId }, links, settings, nowMs);
  const partner = (way: Partner['way'], vendorId: string | null): Partner => {
    return { code, name, parts: ['placement'], way, vendorId };
  };
  if (link.kind === 'linked' || link.kind === 'typed') {
    const id = link.kind === 'linked' ? link.vendorId : link.typedId;
    if (!facts.isPlacementMissing && isId(id)) return planOf(partner('linked', id), {});
    const gone = { code: 'LINK_GONE', params: { vendor, kind: 'organisation', code, id } };
    return { ...planOf(partner('missing', null), {}), gone };
  }
  // OF-22: an organisation without a record or without a name in PICS counts as none.
  if (name === null) return fallbackPlan(input, code);
  const match = findOnly(facts.placements);
  if (match.kind === 'ambiguous') {
    const params = { vendor, code, names: match.names.join(', ') };
    return { ...planOf(partner('missing', null), {}), notUnique: { code: 'MIS_NOT_UNIQUE', params } };
  }
  if (match.kind === 'matched') return planOf(partner('matched', match.vendorId), { [code]: match.vendorId });
  return planOf(partner('create', null), { [code]: null });
}

function planOf(partner: Partner, lookedPlacement: AcceptedPlan['lookedPlacement']): OrganisationPlan {
  const placement: AcceptedPartner = { code: partner.code, vendorId: partner.vendorId };
  const accepted = { placement, lookedPlacement };
  return { partner, warnings: [], gone: null, noPlacement: null, notUnique: null, accepted };
}

/** `orphan`: code of an organisation that PICS has no record of; a warning names it. */
function fallbackPlan({ learner, settings }: PlanInput, orphan: string | null): OrganisationPlan {
  const vendorId = settings.fallbackPlacementId ?? null;
  const way = vendorId === null ? 'missing' : 'fallback';
  const who = toWho(learner, 'onefile');
  const warning = { code: 'NO_ORGANISATION', params: { ...who, kind: 'organisation', code: orphan ?? '' } };
  return {
    ...planOf({ code: null, name: null, parts: ['placement'], way, vendorId }, {}),
    warnings: orphan === null ? [] : [warning],
    noPlacement: vendorId === null ? { code: 'NO_PLACEMENT', params: who } : null,
  };
}

type ClassroomPlan = {
  readonly partner: Partner;
  readonly warnings: readonly PlanFault[];
  readonly noClassroom: PlanFault | null;
};

/**
 * OF-13, A-39: plans the classroom that the Main Tag names, if the setting asks for it. A classroom is never
 * created.
 */
function planClassroom({ learner, settings, facts }: PlanInput): ClassroomPlan {
  const wanted = settings.classroomFromMainTag ? learner.mainTag : null;
  const found = wanted === null ? null : findOnly(facts.classrooms);
  if (found?.kind === 'matched') {
    const partner = classroomPartner(wanted, 'matched', found.vendorId);
    return { partner, warnings: [], noClassroom: null };
  }
  const vendorId = settings.fallbackClassroomId ?? null;
  const fault = { code: 'NO_CLASSROOM', params: { ...toWho(learner, 'onefile'), classroom: wanted ?? '' } };
  return {
    partner: classroomPartner(null, vendorId === null ? 'missing' : 'fallback', vendorId),
    warnings: wanted === null ? [] : [fault],
    noClassroom: vendorId === null ? fault : null,
  };
}

function classroomPartner(name: string | null, way: Partner['way'], vendorId: string | null): Partner {
  return { code: null, name, parts: ['classroom'], way, vendorId };
}

/** OF-18, A-44: the standards that the centre offers under a reference. */
function findStandards(reference: string, standards: readonly OfferedStandard[]): OfferedStandard[] {
  const key = toReferenceKey(reference);
  return standards.filter(({ code }) => key !== null && toReferenceKey(code) === key).sort(byId);
}

function byId(a: OfferedStandard, b: OfferedStandard): number {
  return byNumber(a.id, b.id);
}

/**
 * OF-11: finds learners of OneFile that may be the same person; null when there is none.
 *
 * A learner with our own ident as MIS value always counts, because it was created for this PICS record. For
 * other candidates `isSamePerson` decides. The message also names other idents linked to the candidates,
 * because a person may have several episodes.
 */
function findDuplicates(
  learner: Learner,
  candidates: readonly LearnerCandidate[],
  links: readonly Link[],
): PlanFault | null {
  const found = candidates.filter((one) => toText(one.misId) === learner.ident || isSamePerson(learner, one));
  const ids = [...new Set(found.map(({ id }) => id))].sort(byNumber);
  if (ids.length === 0) return null;
  const owners = ids.map((id) => findOwner(id, learner, links));
  const shown = ids.map((id, index) => (owners[index] === null ? id : `${id} (${owners[index]})`));
  const idents = owners.filter((ident) => ident !== null);
  const params = { ...toWho(learner, 'onefile'), ids: shown.join(', '), idents: idents.join(', ') };
  return { code: 'POSSIBLE_DUPLICATE', params };
}

/** The ULN decides if both sides have one, else the NI number, else names and birth date. */
function isSamePerson(learner: Learner, other: LearnerCandidate): boolean {
  const [uln, otherUln] = [toUln(learner.uln), toUln(other.uln)];
  if (uln !== null && otherUln !== null) return uln === otherUln;
  const [ni, otherNi] = [toNiKey(learner.niNumber), toNiKey(other.niNumber)];
  if (ni !== null && ni === otherNi) return true;
  const isSameBirthDate = learner.birthDate !== null && learner.birthDate === other.birthDate;
  return (
    isSameBirthDate &&
    isSameName(learner.firstName, other.firstName) &&
    isSameName(learner.surname, other.lastName)
  );
}

function findOwner(vendorId: string, { ident }: Learner, links: readonly Link[]): string | null {
  const link = links.find(
    (one) => one.kind === 'learner' && one.vendorId === vendorId && one.picsId !== ident,
  );
  return link?.picsId ?? null;
}

function byNumber(a: string, b: string): number {
  return Number(a) - Number(b) || compareText(a, b);
}
