import type { Qualification } from '../../../../domain/learner.ts';
import type { Shadow } from '../../../../domain/observation.ts';
import type { NextStep } from '../../../../domain/step.ts';
import { readKey } from '../../../../domain/view.ts';
import { joinParts, nothing, type Part, toCallStep, toHold, toNote, toSteps } from '../../../common/parts.ts';
import { toDate } from '../../../common/values.ts';
import { toWho } from '../../../common/who.ts';
import { callOf, type Of, type RequestOf, toCourseKey, toReadCourses, toReadLearner } from '../calls.ts';
import type { SmartAssessorLearnerView } from '../settings.ts';
import { type AcceptedCourse, type OpenPlan, toOpenPlan } from './accepted.ts';
import { type PartnerState, toNeedStep } from './partners.ts';
import { findPartners } from './unlinked.ts';

type View = SmartAssessorLearnerView;

const vendor = 'smartassessor' as const;

/**
 * SA-14 to SA-16, smart-assessor-api 10.2: completes an enrolment after the learner is there.
 *
 * The steps are, in this order: enrol on each accepted course, set assessors where a course has none, read back. Each look
 * derives what is missing from shadows and the milestones of the enrolment. Every step is a call of its own, so a course
 * that Smart Assessor refuses is held alone and the others go on.
 *
 * A learner that was linked in another way while its enrolment was open was not created by us, so it is left as it is.
 */
export function enrolLinked(view: View, of: Of): Part {
  const plan = toOpenPlan(view.lane);
  const link = view.lane.links.find(({ kind, picsId }) => kind === 'learner' && picsId === of.ident);
  const isOurs = link?.how === 'created' || link?.how === 'matched';
  if (plan === null || !isOurs) return nothing;
  const partners = findPartners(view, plan);
  const wanted = findWanted(view, of, plan);
  // What we created a moment ago is on no course yet. Of what was found nothing is known before it was read.
  const isKnown = link.how === 'created' || view.reads.has(readKey(toReadCourses(of)));
  if (!isKnown && wanted.some(({ isDone }) => !isDone)) return toSteps(toCallStep(toReadCourses(of)));
  const needing = toNeedStep([partners.officer, partners.second]);
  return joinParts([
    { ...nothing, candidates: needing },
    ...wanted.map((one) => enrolOnCourse(view, of, { wanted: one, partners })),
    ...wanted.flatMap((one) => setAssessors(view, of, { wanted: one, partners, plan })),
    readBack(view, of, { plan, wanted }),
  ]);
}

type WantedCourse = {
  readonly accepted: AcceptedCourse;
  readonly qualification: Qualification;
  readonly subject: string;
  /** The learner is on it: seen there, or acknowledged. */
  readonly isDone: boolean;
  /** As last seen. */
  readonly shadow: Shadow | null;
};

/** Accepted courses whose qualifications are still in PICS. */
function findWanted({ learner, lane }: View, { learnerId }: Of, plan: OpenPlan): readonly WantedCourse[] {
  return plan.courses.flatMap((accepted): readonly WantedCourse[] => {
    const qualification = learner.qualifications.find(({ key }) => key === accepted.key);
    if (qualification === undefined) return [];
    const key = toCourseKey({ learnerId, courseId: accepted.courseId });
    const shadow =
      lane.shadows.find((one) => one.entity === 'learner-course' && one.vendorId === key) ?? null;
    const subject = `course:${accepted.key}`;
    const isDone = shadow !== null || plan.milestones.includes(toMilestone(accepted));
    return [{ accepted, qualification, subject, isDone, shadow }];
  });
}

/** Names the course too: a corrected choice is another step. */
function toMilestone({ key, courseId }: AcceptedCourse): string {
  return `course:${key} ${courseId}`;
}

type Partners = ReturnType<typeof findPartners>;
type Enrolling = { readonly wanted: WantedCourse; readonly partners: Partners };

/**
 * SA-14: enrols on one course. A refused one is tried again as soon as the request differs; that it was active in the
 * kept list is a part of it, so a course that was activated meanwhile is tried after the list was read again (Q7).
 */
function enrolOnCourse(view: View, { learnerId }: Of, { wanted, partners }: Enrolling): Part {
  const { accepted, qualification, subject, isDone } = wanted;
  const { learner, settings, courses = [] } = view;
  if (isDone) return nothing;
  const startDate = toDate(qualification.startOn) ?? toDate(learner.startOn);
  if (startDate === null) {
    const params = { ...toWho(learner, vendor), reference: qualification.reference };
    return toHold({ subject, code: 'NO_START_DATE', params });
  }
  const { key, courseId } = accepted;
  const course = courses.find(({ id }) => id === courseId);
  const endDate =
    settings.enrolEndDate === 'planned'
      ? (toDate(qualification.expectedEndOn) ?? toDate(learner.expectedEndOn))
      : null;
  const assessorId = toId(partners.officer);
  const secondAssessorId = settings.capabilities.secondAssessor ? toId(partners.second) : null;
  const request: RequestOf<'enrol-on-course'> = {
    learnerId,
    courseId,
    qanCode: course?.qanCode ?? null,
    title: course?.title ?? qualification.title,
    startDate,
    ...(endDate !== null && { endDate }),
    ...(assessorId !== null && { assessorId }),
    ...(secondAssessorId !== null && { secondAssessorId }),
    reference: qualification.reference,
    wasActive: course?.isActive ?? null,
  };
  const naming = {
    subject,
    naturalKey: toCourseKey({ learnerId, courseId }),
    milestone: toMilestone({ key, courseId }),
  };
  return toSteps(toCallStep(callOf('enrol-on-course', naming, request)));
}

function toId(state: PartnerState): string | null {
  return state.kind === 'linked' ? state.vendorId : null;
}

type Assigning = Enrolling & { readonly plan: OpenPlan };

/**
 * SA-15, SA-16: sets the assessors of a course that the vendor shows without one. Another one there was chosen by a person
 * there: it stays, and is noted. What this contract cannot set or read is noted too.
 */
function setAssessors(view: View, { learnerId }: Of, { wanted, partners, plan }: Assigning): readonly Part[] {
  const { accepted, shadow } = wanted;
  const { secondAssessor } = view.settings.capabilities;
  const ids = { primary: toId(partners.officer), second: toId(partners.second) };
  const parts: Part[] = [];
  if (ids.second !== null && !secondAssessor) parts.push(toNote('SA-16', `second-assessor:${accepted.key}`));
  if (shadow === null) return parts;
  const set = (which: 'primary' | 'second', assessorId: string, there: unknown): NextStep[] => {
    const [name, rule] =
      which === 'primary'
        ? (['set-assessor', 'SA-15'] as const)
        : (['set-second-assessor', 'SA-16'] as const);
    const subject = which === 'primary' ? `assessor:${accepted.key}` : `second-assessor:${accepted.key}`;
    const milestone = `${subject} ${assessorId}`;
    if (there === assessorId || plan.milestones.includes(milestone)) return [];
    if (typeof there === 'string') {
      parts.push(toNote(rule, subject));
      return [];
    }
    const request = { learnerId, courseId: accepted.courseId, assessorId };
    return [toCallStep(callOf(name, { subject, milestone }, request))];
  };
  const { record } = shadow;
  const isReadable = secondAssessor && !isUnread(record, 'secondAssessorId');
  const steps = [
    ...(ids.primary === null ? [] : set('primary', ids.primary, record['assessorId'])),
    ...(ids.second === null || !isReadable ? [] : set('second', ids.second, record['secondAssessorId'])),
  ];
  return [...parts, toSteps(...steps)];
}

function isUnread(record: Shadow['record'], field: string): boolean {
  const { unread } = record;
  return Array.isArray(unread) && unread.includes(field);
}

type Reading = { readonly plan: OpenPlan; readonly wanted: readonly WantedCourse[] };

/**
 * Step 8: the learner and its courses are read once after all that could be done is done; another course that is done later
 * has them read once more. A course that was acknowledged and is not shown then waits for a person.
 */
function readBack(view: View, of: Of, { plan, wanted }: Reading): Part {
  const { reads, learner } = view;
  const done = wanted.filter(({ isDone }) => isDone);
  const milestone = `seen:${done.length}`;
  if (!plan.milestones.includes(milestone)) {
    const readLearner = toReadLearner(of);
    const subject = `courses:${of.learnerId}/enrolled`;
    const readCourses = callOf('read-courses', { subject, milestone }, { learnerId: of.learnerId });
    const steps = [...(reads.has(readKey(readLearner)) ? [] : [readLearner]), readCourses];
    return toSteps(...steps.map(toCallStep));
  }
  return joinParts(
    done
      .filter(({ shadow }) => shadow === null)
      .map(({ qualification: { reference }, subject }) => {
        const params = { ...toWho(learner, vendor), reference };
        return toHold({ subject, code: 'COURSE_NOT_SHOWN', params });
      }),
  );
}
