import type {
  EnrolmentChoices,
  EnrolmentPlan,
  Partner,
  PlanFault,
  PlannedQualification,
} from '../../../../domain/enrolment.ts';
import type { Learner, Officer, Qualification } from '../../../../domain/learner.ts';
import type { Link } from '../../../../domain/link.ts';
import { isSurelyCopied } from '../../../common/learner-link.ts';
import { planQualifications } from '../../../common/qualification-plan.ts';
import { isUnreadable, toUln } from '../../../common/values.ts';
import { toFullName, toWho } from '../../../common/who.ts';
import { type CourseOffer, matchCourses } from '../course-match.ts';
import { decideOwnerLink } from '../links.ts';
import type { SmartAssessorSettings } from '../settings.ts';
import type { AcceptedPlan } from './accepted.ts';
import { findCurrentPlacement, findOfficer, findSecondOfficers } from './partners.ts';

type EnrolmentInput = {
  readonly learner: Learner;
  /** Links of the learner's lane. */
  readonly links: readonly Link[];
  readonly settings: SmartAssessorSettings;
  readonly nowMs: number;
};

/** Another learner of PICS who may be the same person, and is linked. */
type LinkedTwin = { readonly ident: string; readonly vendorId: string };

type PlanInput = EnrolmentInput & {
  readonly courses: readonly CourseOffer[];
  readonly twins: readonly LinkedTwin[];
  readonly choices: EnrolmentChoices;
};

const vendor = 'smartassessor' as const;
const title = 'Smart Assessor';

/** SA-10: reasons to refuse an enrolment before anything else is looked at. */
export function findFirstFault({ learner, links, nowMs }: EnrolmentInput): PlanFault | null {
  const who = toWho(learner, vendor);
  const id = findLinkedId(learner, links, nowMs);
  if (id !== null) return { code: 'ALREADY_LINKED', params: { ...who, id } };
  if (learner.firstName === null || learner.surname === null) return { code: 'NO_NAME', params: who };
  return null;
}

/** An id in PICS counts even before it was checked: a user who typed one does not want a second learner. */
function findLinkedId(
  { ident, smartAssessorId }: Learner,
  links: readonly Link[],
  nowMs: number,
): string | null {
  if (smartAssessorId !== null) return smartAssessorId;
  const link = links.find(({ kind, picsId }) => kind === 'learner' && picsId === ident);
  return link === undefined || isSurelyCopied(link, nowMs) ? null : link.vendorId;
}

/**
 * Plans what an enrolment would do, and whether it may (SA-10 to SA-17). Pure: preview and command use the same answer.
 *
 * Nothing of it is asked of Smart Assessor: officers and employers count by their ids alone (SA-23), the courses are
 * those of the kept list, and whether the person is there already shows another record of PICS (SA-10).
 */
export function planEnrolment(input: PlanInput): EnrolmentPlan {
  const { learner, settings, courses, choices, twins } = input;
  const officers = planOfficers(input);
  const employer = planEmployer(input);
  const offersOf = ({ reference }: Qualification) => matchCourses(reference, courses, settings);
  const { planned, choose, warnings } = planQualifications(learner.qualifications, offersOf, choices, vendor);
  const qualifications = planned.map((one) => withActivity(one, courses));
  const accepted: AcceptedPlan = {
    officer: officers.main,
    second: officers.second,
    employer: employer.code,
    courses: planned.flatMap(({ key, chosen }) => (chosen === null ? [] : [{ key, courseId: chosen }])),
  };
  const duplicate = choices.createAnyway || twins.length === 0 ? null : toDuplicate(learner, twins);
  return {
    refusal: findFirstFault(input) ?? choose ?? duplicate,
    warnings: [
      ...officers.warnings,
      ...employer.warnings,
      ...warnings,
      ...qualifications.filter(({ state }) => state === 'inactive').map(inactiveWarning),
      ...checkEmail(input),
      ...checkCapabilities(input, officers.second),
      ...checkUln(learner),
      ...checkDates(learner),
    ],
    learner: {
      ident: learner.ident,
      name: toFullName(learner) || null,
      email: learner.email,
      startOn: learner.startOn,
    },
    centres: [],
    centre: settings.site,
    officers: officers.partners,
    organisation: employer.partner,
    classroom: null,
    qualifications,
    reviewCount: 0, // SA-40
    accepted,
  };
}

/** SA-10, Q8: another record of the person is linked: a second one at Smart Assessor is hardly wanted. */
function toDuplicate(learner: Learner, twins: readonly LinkedTwin[]): PlanFault {
  const ids = twins.map(({ ident, vendorId }) => `${vendorId} (${ident})`).join(', ');
  const idents = twins.map(({ ident }) => ident).join(', ');
  return { code: 'POSSIBLE_DUPLICATE', params: { ...toWho(learner, vendor), ids, idents } };
}

/** SA-14: a course that is not active is accepted, and held alone until the site activates it. */
function withActivity(one: PlannedQualification, courses: readonly CourseOffer[]): PlannedQualification {
  const course = courses.find(({ id }) => id === one.chosen);
  return one.state === 'available' && course?.isActive === false ? { ...one, state: 'inactive' } : one;
}

function inactiveWarning({ reference }: PlannedQualification): PlanFault {
  return { code: 'COURSE_INACTIVE', params: { vendor: title, reference } };
}

/** SA-2: without an address there is nowhere to send the sign-in mail; the learner is enrolled all the same. */
function checkEmail({ learner, settings }: EnrolmentInput): readonly PlanFault[] {
  const isLacking = settings.welcomeEmail && learner.email === null;
  return isLacking ? [{ code: 'NO_WELCOME_EMAIL', params: toWho(learner, vendor) }] : [];
}

/** smart-assessor-api 7.2: what this contract cannot carry is left out, and said. */
function checkCapabilities(
  { learner, settings }: EnrolmentInput,
  second: string | null,
): readonly PlanFault[] {
  const { welcomeEmail, studentIdFromLrn, capabilities } = settings;
  const wanted = [
    ...(welcomeEmail && !capabilities.welcomeEmailFlag ? ['the sign-in e-mail'] : []),
    ...(studentIdFromLrn && learner.lrn !== null && !capabilities.studentId ? ['the Student ID'] : []),
    ...(second !== null && !capabilities.secondAssessor ? ['a second assessor'] : []),
  ];
  return wanted.map((what) => ({ code: 'NOT_SUPPORTED', params: { vendor: title, what } }));
}

/** */
function checkUln(learner: Learner): readonly PlanFault[] {
  const isBad = learner.uln !== null && toUln(learner.uln) === null;
  return isBad ? [{ code: 'ULN_INVALID', params: toWho(learner, vendor) }] : [];
}

/** D-17: a date that is none is left out, and the plan says so. */
function checkDates({ ident, birthDate }: Learner): readonly PlanFault[] {
  if (!isUnreadable(birthDate)) return [];
  const params = { vendor: 'PICS', what: `learner ${ident}`, field: 'Date of Birth' };
  return [{ code: 'UNREADABLE_DATE', params }];
}

type OfficersPlan = {
  readonly main: string | null;
  readonly second: string | null;
  readonly partners: readonly Partner[];
  readonly warnings: readonly PlanFault[];
};

/** SA-15, SA-16: the Main Officer, and the second assessor if a role is named. */
function planOfficers(input: PlanInput): OfficersPlan {
  const { learner, settings } = input;
  const [second = null, ...others] = findSecondOfficers(learner, settings);
  const main = planOfficer(input, learner.mainOfficer, 'main officer');
  const other = planOfficer(input, second, 'second assessor');
  const params = { ...toWho(learner, vendor), relation: settings.secondAssessorRole, officer: second ?? '' };
  const isSame = main.partner?.code !== undefined && main.partner.code === other.partner?.code;
  const joined =
    isSame && main.partner !== null ? { ...main.partner, parts: ['main officer', 'second assessor'] } : null;
  return {
    main: main.code,
    second: other.code,
    partners: joined === null ? [main.partner, other.partner].filter((one) => one !== null) : [joined],
    warnings: [
      ...main.warnings,
      ...(isSame ? [] : other.warnings),
      ...(others.length > 0 ? [{ code: 'SEVERAL_SECOND_ASSESSORS', params }] : []),
    ],
  };
}

type OfficerPlan = {
  /** Stored where the officer is sent. */
  readonly code: string | null;
  readonly partner: Partner | null;
  readonly warnings: readonly PlanFault[];
};

function planOfficer(input: PlanInput, code: string | null, part: string): OfficerPlan {
  const { learner, links, settings, nowMs } = input;
  if (code === null) return { code: null, partner: null, warnings: [] };
  const officer = findOfficer(learner, code);
  if (officer === null) {
    const fault = { code: 'NO_OFFICER', params: { ...toWho(learner, vendor), kind: 'officer', code } };
    return { code: null, partner: null, warnings: [fault] };
  }
  const partner = { code, name: toFullName(officer), parts: [part] };
  const link = decideOwnerLink(
    { kind: 'officer', code, externalId: officer.externalId },
    links,
    settings,
    nowMs,
  );
  if (link.kind === 'linked' || link.kind === 'typed') {
    const vendorId = link.kind === 'linked' ? link.vendorId : link.typedId;
    return { code, partner: { ...partner, way: 'linked', vendorId }, warnings: [] };
  }
  if (settings.unlinkedOfficer === 'omit')
    return { code: null, partner: { ...partner, way: 'none', vendorId: null }, warnings: [] };
  const lack = findLack(officer);
  const way = lack === null ? 'create' : 'missing';
  return { code, partner: { ...partner, way, vendorId: null }, warnings: lack === null ? [] : [lack] };
}

/** What stands against creating an assessor: a login needs an e-mail address, and who has left gets none (D-14). */
export function findLack(officer: Officer): PlanFault | null {
  const { code, firstName, surname, email, isDormant } = officer;
  const params = { vendor: title, name: toFullName(officer) || code, ident: code, officer: code };
  if (isDormant) return { code: 'OFFICER_NOT_LINKED', params };
  if (firstName === null || surname === null) return { code: 'NO_NAME', params };
  return email === null ? { code: 'NO_EMAIL', params } : null;
}

type EmployerPlan = {
  readonly code: string | null;
  readonly partner: Partner;
  readonly warnings: readonly PlanFault[];
};

/** SA-17: the organisation of the current placement, by its link, else created or left out. */
function planEmployer({ learner, links, settings, nowMs }: PlanInput): EmployerPlan {
  const placement = findCurrentPlacement(learner.placements, settings, nowMs);
  const code = placement?.organisation ?? null;
  const without = (warnings: readonly PlanFault[]): EmployerPlan => ({
    code: null,
    partner: {
      code,
      name: placement?.organisationName ?? null,
      parts: ['employer'],
      way: 'none',
      vendorId: null,
    },
    warnings,
  });
  if (placement === null || code === null) return without([]);
  const { organisationName: name, organisationExternalId: externalId } = placement;
  if (name === null) {
    const params = { ...toWho(learner, vendor), kind: 'organisation', code };
    return without([{ code: 'NO_ORGANISATION', params }]);
  }
  const partner = { code, name, parts: ['employer'] };
  const link = decideOwnerLink({ kind: 'organisation', code, externalId }, links, settings, nowMs);
  if (link.kind === 'linked' || link.kind === 'typed') {
    const vendorId = link.kind === 'linked' ? link.vendorId : link.typedId;
    return { code, partner: { ...partner, way: 'linked', vendorId }, warnings: [] };
  }
  if (settings.unlinkedEmployer === 'omit') return without([]);
  return { code, partner: { ...partner, way: 'create', vendorId: null }, warnings: [] };
}
