/*
 * Learners on courses: enrolment, assessors, progress, and what follows from them. The welcome mail has one chance in a
 * learner's life, at the first course or at creation as the switch says, whether there is an address then or not.
 */

import { londonDate } from '../../common/clock.ts';
import type { Source } from '../history.ts';
import { stampNow, type World } from '../world.ts';
import { nested, type Row, type Value } from './fields.ts';
import { type Given, readValue } from './input.ts';
import { accepted, inactive, invalid, type Judged, notFound, type Refusal, taken, unfit } from './refusal.ts';
import { COURSE_STATUSES, dayNumber, isBlank, normalId, readWord, textOf } from './values.ts';

export interface EnrolDemands {
  readonly isLenient: boolean;
  readonly required: readonly string[];
}

const BEFORE_END = ['AwaitingInduction', 'InTraining', 'TrainingSuspended'];
const OUTS = ['EarlyLeaver', 'Transferred', 'Exempt'];
const NEXT: Readonly<Record<string, readonly string[]>> = {
  AwaitingInduction: ['InTraining', ...OUTS],
  InTraining: ['IqaApproved', 'TrainingSuspended', ...OUTS],
  TrainingSuspended: ['InTraining', ...OUTS],
  IqaApproved: ['Completed'],
  Completed: ['Certificated'],
};

export const isStatusMove = (from: string, to: string): boolean =>
  from === to || (NEXT[from] ?? []).includes(to);

/** Courses that sessions can be booked for, and that have a RAG. */
export const isUnderWay = (row: Row): boolean => BEFORE_END.slice(0, 2).includes(String(row['status']));

/** What stands against a course for that learner. `fields` has at least the names of an enrolment. */
export function judgeEnrol(
  world: World,
  learnerId: string,
  given: Given,
  { isLenient, required }: EnrolDemands,
): Judged<{ learnerId: string; courseId: string }> {
  const { store, switches } = world;
  const read = readEnrolment(given, isLenient, required, switches['course-end-date']);
  if ('kind' in read) return read as Refusal;
  const learner = store.get('learners', learnerId);
  const isGone = learner?.['isArchived'] === true && switches['archived-visibility'] === 'gone';
  if (learner === undefined || isGone) return notFound('learner');
  const courseId = String(read['courseId']);
  if (store.get('learnerCourses', `${learnerId}/${courseId}`) !== undefined) {
    return taken('courseId', 'The learner is already on this course.');
  }
  const course = store.get('courses', courseId);
  if (course === undefined) return unfit('courseId', 'The course was not found.');
  if (course['isActive'] !== true) return inactive();
  const { secondAssessorId, ...sent } = read;
  const values: Row = switches['second-assessor'] === 'on' ? read : sent;
  const refusal =
    refuseAssessor(world, 'assessorId', textOf(values['assessorId'])) ??
    refuseAssessor(world, 'secondAssessorId', textOf(values['secondAssessorId']));
  if (refusal !== null) return refusal;
  if (learner['isArchived'] === true) return unfit('isArchived', 'The learner is archived.');
  return accepted(() => {
    putOnCourse(world, { ...values, learnerId, courseId });
    return { learnerId, courseId };
  });
}

/** Puts a learner on a course and gives the welcome mail its chance. */
export function putOnCourse(world: World, values: Row): Row {
  const { store, switches } = world;
  const learnerId = String(values['learnerId']);
  const course = store.get('courses', String(values['courseId']));
  const units = ((course?.['units'] as readonly Row[] | undefined) ?? []).map((unit) => ({
    ...unit,
    state: 'NotStarted',
    completedOn: null,
  }));
  const row = store.put(
    'learnerCourses',
    {
      qanCode: course?.['qanCode'] ?? null,
      title: course?.['title'] ?? null,
      units,
      ...values,
      status: 'AwaitingInduction',
      startDate: values['startDate'] ?? londonDate(world.clock.nowMs()),
    },
    stampNow(world),
  );
  const learner = store.get('learners', learnerId);
  if (learner !== undefined && switches['welcome-mail'] === 'on-first-course') {
    giveWelcomeChance(world, learner, 'first-course');
  }
  return row;
}

/** The welcome mail's one chance. */
export function giveWelcomeChance(world: World, learner: Row, trigger: 'first-course' | 'create'): void {
  if (learner['welcomeDone'] === true) return;
  const learnerId = String(learner['id']);
  const to = textOf(learner['email']);
  world.store.patch('learners', learner, { welcomeDone: true }, world.clock.nowIso());
  if (learner['sendWelcomeEmail'] !== true || to === null) return;
  const n = world.outbox.length + 1;
  world.outbox.push({ n, at: world.clock.nowIso(), learnerId, to, kind: 'welcome', trigger });
}

const ENROL_TYPES = {
  courseId: 'id',
  qanCode: 'text',
  startDate: 'date',
  endDate: 'date',
  status: 'status',
  assessorId: 'id',
  secondAssessorId: 'id',
} as const;

function readEnrolment(
  given: Given,
  isLenient: boolean,
  required: readonly string[],
  endDate: 'optional' | 'required' | 'refused',
): Row | Refusal {
  const values: Record<string, Value> = {};
  const faults: Record<string, string[]> = {};
  const demanded = endDate === 'required' ? [...required, 'endDate'] : required;
  for (const [name, type] of Object.entries(ENROL_TYPES)) {
    if (isBlank(given[name])) {
      if (demanded.includes(name)) faults[name] = ['The field is required.'];
      continue;
    }
    const value = readValue({ type }, given[name], isLenient);
    if (value === undefined)
      faults[name] = [type === 'date' ? 'The date is not valid.' : 'The value is not valid.'];
    else values[name] = value;
  }
  if (endDate === 'refused' && values['endDate'] !== undefined)
    faults['endDate'] = ['The field is not allowed.'];
  const { status, startDate, endDate: end } = values;
  if (status !== undefined && status !== 'AwaitingInduction') {
    faults['status'] = ['A new course begins with Awaiting Induction.'];
  }
  if (typeof startDate === 'string' && typeof end === 'string' && end < startDate) {
    faults['endDate'] = ['The end is before the start.'];
  }
  // The catalogue knows the qualification of a course better.
  delete values['qanCode'];
  return Object.keys(faults).length === 0 ? values : invalid(faults);
}

/** Whether a staff user can be named as an assessor; a blank is not judged. */
function refuseAssessor({ store }: World, field: string, id: string | null): Refusal | null {
  if (id === null) return null;
  const row = store.get('assessors', id);
  if (row === undefined) return unfit(field, 'The assessor was not found.');
  if (row['isArchived'] === true) return unfit(field, 'The assessor is archived.');
  const roles = row['roles'] as readonly string[];
  return roles.includes('assessor') ? null : unfit(field, 'The staff user is not an assessor.');
}

/** Sets, or for the second assessor with a blank empties, an assessor of a learner's course. */
export function judgeSetAssessor(
  world: World,
  key: { learnerId: string; courseId: string },
  which: 'assessorId' | 'secondAssessorId',
  given: unknown,
): Judged<void> {
  const { store, clock, switches } = world;
  const isClearing = which === 'secondAssessorId' && given === '';
  if (!isClearing && (isBlank(given) || typeof given !== 'string')) {
    return invalid({ assessorId: ['The field is required.'] });
  }
  if (which === 'secondAssessorId' && switches['second-assessor'] === 'off') return notFound('resource');
  const row = store.get('learnerCourses', `${key.learnerId}/${key.courseId}`);
  if (row === undefined) return notFound('course of the learner');
  const id = isClearing ? null : normalId(String(given));
  const refusal = refuseAssessor(world, 'assessorId', id);
  if (refusal !== null) return refusal;
  return accepted(() => void store.patch('learnerCourses', row, { [which]: id }, clock.nowIso()));
}

export function judgeLeave(world: World, key: { learnerId: string; courseId: string }): Judged<void> {
  const id = `${key.learnerId}/${key.courseId}`;
  if (world.store.get('learnerCourses', id) === undefined) return notFound('course of the learner');
  return accepted(() => world.store.remove('learnerCourses', id));
}

/** Share of the duration elapsed: it moves by itself every day. */
export function timelinePc(world: World, row: Row): number {
  const [start, end] = [textOf(row['startDate']), textOf(row['endDate'])];
  if (start === null || end === null || end <= start) return 0;
  const today = dayNumber(londonDate(world.clock.nowMs()));
  const share = (today - dayNumber(start)) / (dayNumber(end) - dayNumber(start));
  return Math.min(100, Math.max(0, Math.floor(share * 100 + 0.5)));
}

/** Shown at the door only, for courses under way. */
export function ragOf(world: World, row: Row): 'off-track' | 'on-track' | 'ahead' | null {
  const timeline = timelinePc(world, row);
  if (!isUnderWay(row) || (timeline < 25 && world.switches['rag-from-zero'] === 'off')) return null;
  const mapped = Number(row['progressMappedPc']);
  if (timeline - mapped >= 10) return 'off-track';
  return mapped - timeline >= 10 ? 'ahead' : 'on-track';
}

export const unitCounts = (row: Row): { unitsTotal: number; unitsComplete: number } => {
  const units = row['units'] as readonly Row[];
  const unitsComplete = units.filter(({ state }) => state === 'Complete').length;
  return { unitsTotal: units.length, unitsComplete };
};

/** The record as the door shows it. */
export const doorLearnerCourse = (world: World, row: Row): Record<string, Value> => ({
  ...nested(row),
  timelinePc: timelinePc(world, row),
  ...unitCounts(row),
  rag: ragOf(world, row),
});

/** Does what a rule, not the caller, brings about, under its own name in the history. */
export function byRule(world: World, source: Source, callSeq: number | null, effect: () => void): void {
  world.history.attribute(callSeq === null ? { source: 'rule' } : { source: 'rule', callSeq });
  effect();
  world.history.attribute(callSeq === null ? { source } : { source, callSeq });
}

export const readStatus = (given: unknown): string | undefined => readWord(COURSE_STATUSES, given);
