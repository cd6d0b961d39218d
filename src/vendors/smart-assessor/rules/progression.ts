import type { JsonObject } from '../../../domain/json.ts';
import type { Learner, Qualification } from '../../../domain/learner.ts';
import type { Observation, Shadow } from '../../../domain/observation.ts';
import type { RowDecision } from '../../../domain/rows.ts';
import type { Hold } from '../../../domain/step.ts';
import { clampElements, decideCounters, type Elements, findCountersLeft } from '../../common/elements.ts';
import { ignore, write } from '../../common/link-row.ts';
import { joinParts, nothing, type Part, toHold, toNote } from '../../common/parts.ts';
import { toReferenceKey, toText } from '../../common/values.ts';
import { compareText, toWho } from '../../common/who.ts';
import { fromCourseKey } from './calls.ts';
import { type CourseOffer, matchCourses } from './course-match.ts';
import { smartAssessorIds } from './links.ts';
import { findUnreadable } from './records.ts';
import type { SmartAssessorLearnerView, SmartAssessorSettings } from './settings.ts';

/*
 * How far a learner is on a course, as the element counters of a delivery qualification (SA-32).
 *
 * A course of the learner belongs to the qualification whose reference it matches, as at enrolment (`matchCourses`), but
 * among the learner's own courses alone: which of several courses with one code was chosen shows in what the learner is
 * on. Of several delivery qualifications with one reference the open one counts, else the highest sequence; of
 * several courses the one in progress, else the newest (D-10). What is still open then waits for a person.
 */

/** A course of a learner as it was observed. */
type LearnerCourse = {
  /** Key of its topic: learner and course. */
  readonly key: string;
  readonly courseId: string;
  readonly qanCode: string | null;
  readonly title: string | null;
  readonly startDate: string | null;
  readonly status: string | null;
  readonly assessedPc: number | null;
  readonly unitsTotal: number | null;
  readonly unitsComplete: number | null;
  readonly record: JsonObject;
};

function toLearnerCourse({ vendorId, record }: Pick<Shadow, 'vendorId' | 'record'>): LearnerCourse | null {
  const courseId = fromCourseKey(vendorId)?.courseId ?? null;
  if (courseId === null) return null;
  return {
    key: vendorId,
    courseId,
    qanCode: toText(record['qanCode']),
    title: toText(record['title']),
    startDate: toText(record['startDate']),
    status: toText(record['status']),
    assessedPc: toNumber(record['assessedPc']),
    unitsTotal: toNumber(record['unitsTotal']),
    unitsComplete: toNumber(record['unitsComplete']),
    record,
  };
}

function toNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

type Settings = Pick<
  SmartAssessorSettings,
  'elementsFrom' | 'unitsPolicy' | 'courseOverrides' | 'matchStandards'
>;

type Pair = { readonly qualification: Qualification; readonly course: LearnerCourse };
/** A reference for which the learner is on several courses that count alike. */
type Unclear = { readonly reference: string; readonly courses: readonly LearnerCourse[] };
type Matching = { readonly pairs: readonly Pair[]; readonly unclear: readonly Unclear[] };

/** Pairs the courses of a learner with its delivery qualifications. Each of both is in one pair at most. */
function pairCourses(
  qualifications: readonly Qualification[],
  courses: readonly LearnerCourse[],
  { offers, settings }: { readonly offers: readonly CourseOffer[]; readonly settings: Settings },
): Matching {
  const own = courses.map((course) => toOffer(course, offers));
  const groups = Map.groupBy(qualifications, ({ reference }) => toReferenceKey(reference));
  const found: Pair[] = [];
  const unclear: Unclear[] = [];
  for (const [, same] of groups) {
    const [qualification] = same.toSorted(byPreference);
    if (qualification === undefined) continue;
    const { reference } = qualification;
    const ids = new Set(matchCourses(reference, own, settings).map(({ id }) => id));
    const [course, ...others] = findCounting(courses.filter(({ courseId }) => ids.has(courseId)));
    if (course === undefined) continue;
    if (others.length > 0) unclear.push({ reference, courses: [course, ...others] });
    else found.push({ qualification, course });
  }
  // By an override two references may name one course.
  const byCourse = Map.groupBy(found, ({ course }) => course.key);
  const pairs = [...byCourse.values()].flatMap((some) =>
    some.toSorted((a, b) => byPreference(a.qualification, b.qualification)).slice(0, 1),
  );
  return { pairs, unclear };
}

/** A learner's course has its QAN; the code of a standard is known from the list of courses alone. */
function toOffer({ courseId, qanCode, title }: LearnerCourse, offers: readonly CourseOffer[]): CourseOffer {
  const offer = offers.find(({ id }) => id === courseId);
  return {
    id: courseId,
    title,
    qanCode: toReferenceKey(qanCode) ?? offer?.qanCode ?? null,
    standardCode: offer?.standardCode ?? null,
    isActive: null,
  };
}

/** A-35, D-10: the open one, else the highest sequence. */
function byPreference(a: Qualification, b: Qualification): number {
  const isOver = ({ endOn }: Qualification): number => (endOn === null ? 0 : 1);
  return isOver(a) - isOver(b) || b.seq - a.seq || compareText(a.reference, b.reference);
}

/** D-10: in progress before suspended before achieved before left. A status that is not known counts as in progress. */
const ranks: Readonly<Record<string, number>> = {
  'training-suspended': 1,
  'iqa-approved': 2,
  completed: 2,
  certificated: 2,
  exempt: 2,
  'early-leaver': 3,
  transferred: 3,
};

/** The courses that count most: one, or several that are alike. */
function findCounting(courses: readonly LearnerCourse[]): readonly LearnerCourse[] {
  const rankOf = ({ status }: LearnerCourse): number => ranks[status ?? ''] ?? 0;
  const best = Math.min(...courses.map(rankOf));
  const alike = courses.filter((one) => rankOf(one) === best);
  if (alike.some(({ startDate }) => startDate === null)) return alike;
  const newest = alike
    .map(({ startDate }) => startDate ?? '')
    .toSorted(compareText)
    .at(-1);
  return alike.filter(({ startDate }) => startDate === newest);
}

/** SA-32, A-28: the two counters from a course; null when it shows no figure. */
function toElements(
  { assessedPc, unitsTotal, unitsComplete }: LearnerCourse,
  { elementsFrom }: Pick<Settings, 'elementsFrom'>,
): Elements | null {
  if (elementsFrom === 'units')
    return unitsTotal === null || unitsComplete === null ? null : clampElements(unitsTotal, unitsComplete);
  return elementsFrom === 'off' || assessedPc === null ? null : clampElements(100, Math.floor(assessedPc));
}

/** The fields from which the counters are taken. */
const countedFields = { percent: ['assessedPc'], units: ['unitsTotal', 'unitsComplete'], off: [] } as const;

function findUnreadableCount({ key, record }: LearnerCourse, { elementsFrom }: Settings): Hold | null {
  return findUnreadable({ entity: 'learner-course', vendorId: key, record }, countedFields[elementsFrom]);
}

/** What the sync knows besides the course and the rows of the learner. */
export type CourseSide = {
  /** The learner's courses as they were last shown. */
  readonly shadows: readonly Shadow[];
  /** What the site offers, as last read. */
  readonly offers: readonly CourseOffer[];
};

/** SA-32: what a course of the learner changes in the counters of its delivery qualification. */
export function decideCourse(
  { vendorId, record }: Observation,
  learner: Learner,
  { shadows, offers }: CourseSide,
  settings: Settings,
): RowDecision {
  if (settings.elementsFrom === 'off') return ignore('SA-32');
  const observed = toLearnerCourse({ vendorId, record: record ?? {} });
  if (observed === null) return ignore('SA-32');
  const others = coursesOf(shadows).filter(({ key }) => key !== vendorId);
  const courses = [observed, ...others];
  const { pairs, unclear } = pairCourses(learner.qualifications, courses, { offers, settings });
  const open = unclear.find((one) => one.courses.some(({ key }) => key === vendorId));
  if (open !== undefined) return { kind: 'hold', ...unclearHold(open, learner) };
  const qualification = pairs.find(({ course }) => course.key === vendorId)?.qualification;
  if (qualification === undefined) return ignore('A-35');
  const unreadable = findUnreadableCount(observed, settings);
  if (unreadable !== null) return { kind: 'hold', ...unreadable };
  const counted = { qualification, learner, shown: toElements(observed, settings) };
  if (counted.shown === null) return ignore('SA-32');
  const policy = { ids: smartAssessorIds, unitsPolicy: settings.unitsPolicy };
  const set = decideCounters(counted, policy);
  if (set === null) return ignore(findCountersLeft(counted, policy) ?? 'equal');
  const { reference, seq } = qualification;
  return write({ kind: 'update-qualification', ident: learner.ident, reference, seq, set });
}

function coursesOf(shadows: readonly Shadow[]): readonly LearnerCourse[] {
  return shadows.flatMap((shadow) =>
    shadow.entity === 'learner-course' ? (toLearnerCourse(shadow) ?? []) : [],
  );
}

function unclearHold({ reference, courses }: Unclear, learner: Learner): Hold {
  const ids = courses.map(({ title, courseId }) => (title === null ? courseId : `${title} (${courseId})`));
  return {
    subject: `course-of:${learner.ident}/${toReferenceKey(reference) ?? ''}`,
    code: 'COURSE_UNCLEAR',
    params: {
      ...toWho(learner, 'smartassessor'),
      reference,
      ids: ids.toSorted(compareText).join(', '),
    },
  };
}

/**
 * G-10: what a look says of courses that PICS does not follow: those that are unclear or not readable are held, and of
 * counters that keep their values the rule is noted.
 */
export function followCourses({
  learner,
  lane,
  settings,
  courses: offers = [],
}: Pick<SmartAssessorLearnerView, 'learner' | 'lane' | 'settings' | 'courses'>): Part {
  if (settings.elementsFrom === 'off') return nothing;
  const courses = coursesOf(lane.shadows);
  const { pairs, unclear } = pairCourses(learner.qualifications, courses, { offers, settings });
  const policy = { ids: smartAssessorIds, unitsPolicy: settings.unitsPolicy };
  const known = new Set([...pairs.map(({ course }) => course), ...unclear.flatMap((one) => one.courses)]);
  const ofPair = ({ qualification, course }: Pair): Part => {
    const subject = `qualification:${learner.ident}/${qualification.key}`;
    const unreadable = findUnreadableCount(course, settings);
    if (unreadable !== null) return toHold(unreadable);
    const shown = toElements(course, settings);
    if (shown === null) return toNote('SA-32', subject);
    const rule = findCountersLeft({ qualification, learner, shown }, policy);
    return rule === null ? nothing : toNote(rule, subject);
  };
  return joinParts([
    ...unclear.map((one) => toHold(unclearHold(one, learner))),
    ...pairs.map(ofPair),
    ...courses.filter((one) => !known.has(one)).map(({ key }) => toNote('A-35', `learner-course:${key}`)),
  ]);
}
