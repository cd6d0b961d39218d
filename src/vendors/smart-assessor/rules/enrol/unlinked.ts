import type { Learner } from '../../../../domain/learner.ts';
import type { Hold } from '../../../../domain/step.ts';
import { readKey } from '../../../../domain/view.ts';
import { toLearnerSubject } from '../../../common/learner-link.ts';
import { nothing, type Part, toCallStep, toHold, toSteps } from '../../../common/parts.ts';
import { picsFacts } from '../../../common/person.ts';
import { toDate, toText, toUln } from '../../../common/values.ts';
import { toWho } from '../../../common/who.ts';
import { callOf, type RequestOf } from '../calls.ts';
import type { SmartAssessorLearnerView, SmartAssessorSettings } from '../settings.ts';
import { type OpenPlan, toOpenPlan } from './accepted.ts';
import {
  decideEmployerState,
  decideOfficerState,
  findCurrentPlacement,
  findOfficer,
  type PartnerState,
  toNeedStep,
} from './partners.ts';

type View = SmartAssessorLearnerView;

const vendor = 'smartassessor' as const;

/**
 * SA-12, SA-15 to SA-17: the steps from an accepted enrolment to a learner at Smart Assessor.
 *
 * Employer and officers that need it are brought there first, each in its own lane. Then the learner is looked for by
 * its MIS id, and created if it is not there. A partner that cannot be had holds the enrolment until a person has acted.
 */
export function enrolUnlinked(view: View): Part {
  const plan = toOpenPlan(view.lane);
  if (plan === null) return nothing;
  const partners = findPartners(view, plan);
  const needing = toNeedStep(Object.values(partners));
  const blocked = Object.values(partners).find((state) => state.kind === 'impossible');
  if (blocked?.kind === 'impossible') {
    const params = { ...blocked.params, ...toWho(view.learner, vendor) };
    const held = toHold({ subject: toLearnerSubject(view.learner.ident), code: blocked.code, params });
    return { ...held, candidates: needing };
  }
  if (needing.length > 0) return toSteps(...needing);
  const { employer } = partners;
  return createLearner(view, employer.kind === 'linked' ? employer.vendorId : null);
}

/** What is known of the employer and the officers of an open enrolment. */
export function findPartners(
  view: View,
  plan: OpenPlan,
): Readonly<Record<'employer' | 'officer' | 'second', PartnerState>> {
  const { learner, settings, nowMs } = view;
  const placement =
    plan.employer === null
      ? null
      : (learner.placements.find(({ organisation }) => organisation === plan.employer) ??
        findCurrentPlacement(learner.placements, settings, nowMs));
  return {
    employer: decideEmployerState(view, placement),
    officer: decideOfficerState(view, findOfficer(learner, plan.officer)),
    second: decideOfficerState(view, findOfficer(learner, plan.second)),
  };
}

/**
 * smart-assessor-api 10.1: no look-up, no create. What is found has our MIS id and is taken for ours, if it can be the
 * same person (D-13). A create that waits at Smart Assessor to be matched by a person is never sent again; each full
 * pass and refresh looks whether it is there by now (Q9).
 */
function createLearner(view: View, employerId: string | null): Part {
  const { learner, settings, lane, reads, demand } = view;
  const subject = toLearnerSubject(learner.ident);
  if (learner.firstName === null || learner.surname === null)
    return toHold({ subject, code: 'NO_NAME', params: toWho(learner, vendor) });
  const find = callOf('find-learner', { subject }, { ident: learner.ident, person: picsFacts(learner) });
  const isRead = reads.has(readKey(find));
  const queued = findQueued(lane.held, subject);
  if (queued !== null)
    return { ...toHold(queued), candidates: isRead || demand === 'change' ? [] : [toCallStep(find)] };
  if (!isRead) return toSteps(toCallStep(find));
  const request = toCreateLearner(learner, employerId, settings);
  const call = callOf('create-learner', { subject, naturalKey: learner.ident }, request);
  return toSteps(toCallStep({ ...call, restsOn: [readKey(find)] }));
}

/** What waits at Smart Assessor for a person, who decides whether it is a record that is there already. */
export function findQueued(held: readonly Hold[], subject: string): Hold | null {
  const item = held.find((one) => one.subject === subject && one.code === 'QUEUED_FOR_MATCHING');
  return item === undefined ? null : { subject, code: item.code, params: item.params };
}

type Settings = Pick<SmartAssessorSettings, 'welcomeEmail' | 'studentIdFromLrn' | 'capabilities'>;

/**
 * SA-12: the fields of a new learner, from a fresh read. Blanks, dates that are none (D-17) and an invalid ULN
 * are left out; the fifth line of the address and the sex are not sent. SA-2: whether the sign-in mail is wanted is
 * always said. SA-3: the LRN is the student id where the setting says so.
 */
function toCreateLearner(
  learner: Learner,
  employerId: string | null,
  { welcomeEmail, studentIdFromLrn, capabilities }: Settings,
): RequestOf<'create-learner'> {
  const [addressLine1, addressLine2, addressLine3, addressLine4] = learner.address;
  const email = toText(learner.email);
  const fields = {
    studentId: studentIdFromLrn && capabilities.studentId ? toText(learner.lrn) : null,
    familyName: toText(learner.surname),
    givenNames: toText(learner.firstName),
    dateOfBirth: toDate(learner.birthDate),
    uln: toUln(learner.uln),
    niNumber: toText(learner.niNumber),
    email,
    phone: toText(learner.phone),
    mobile: toText(learner.mobile),
    addressLine1: toText(addressLine1),
    addressLine2: toText(addressLine2),
    addressLine3: toText(addressLine3),
    addressLine4: toText(addressLine4),
    postcode: toText(learner.postcode),
    employerId,
  };
  return {
    ...withoutBlanks(fields),
    misId: learner.ident,
    sendWelcomeEmail: welcomeEmail && capabilities.welcomeEmailFlag && email !== null,
  };
}

export function withoutBlanks<T extends Readonly<Record<string, string | null>>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Partial<T>;
}
