/*
 * What Smart Assessor holds of a learner that is linked: the person, the courses and the sessions, made from the PICS
 * rows so that both sides agree. Differences are those that the rules are about: what PICS does not know yet of 10029,
 * and the progress of 10025, which belongs to OneFile.
 */

import { addDays } from './dates.ts';
import { isAtSmartAssessor, type Learner } from './learner.ts';
import type { ReviewRow, TrplaceRow, TrqualRow } from './rows.ts';
import {
  courseIdOf,
  employerIdOf,
  portfolioIdOf,
  type SmartAssessorEntry,
  type SmartAssessorRecord,
  sessionIdOf,
  smartAssessorEntry,
  staffIdOf,
  withNulls,
} from './smart-assessor-records.ts';
import { findCourseNumber } from './smart-assessor-shared.ts';
import { createStream } from './stream.ts';
import { firstStandard, toReference, type World } from './world.ts';

/** Nothing where the learner is not linked. */
export function* createSmartAssessorLearner(learner: Learner, world: World): Generator<SmartAssessorEntry> {
  if (!isAtSmartAssessor(learner.vendor)) return;
  yield smartAssessorEntry('learners', createPerson(learner, world));
  const courses = createLearnerCourses(learner, world);
  for (const record of courses) yield smartAssessorEntry('learnerCourses', record);
  const courseIds = courses.slice(0, 1).map(({ courseId }) => String(courseId));
  for (const review of learner.rows.itp_revu) {
    if (review.sa_event_id === null) continue;
    yield smartAssessorEntry('sessions', createSession(review, { learner, world, courseIds }));
  }
  yield* createUnseenSessions(learner, world, courseIds);
}

function createPerson({ rows, ident }: Learner, world: World): SmartAssessorRecord {
  const { seed, asOf } = world.inputs;
  const [trainee] = rows.trainee;
  const [details] = rows.pctrndet;
  const stream = createStream(seed, 'smart-coach', ident);
  const hasScore = stream.isBelow(0.8);
  const score = stream.int(0, 100) / 100;
  const { addr1 = null, addr2 = null, addr3 = null, addr4 = null, postcode = null } = trainee ?? {};
  return withNulls({
    id: portfolioIdOf(seed, ident),
    misId: ident,
    familyName: trainee?.surname ?? null,
    givenNames: trainee?.firstname ?? null,
    dateOfBirth: trainee?.birthdate ?? null,
    uln: details?.miap_uln ?? null,
    sex: trainee?.sex === 'M' || trainee?.sex === '1' ? 'Male' : 'Female',
    niNumber: trainee?.ninumber ?? null,
    email: details?.email ?? null,
    telNumber: trainee?.phone ?? null,
    mobile: trainee?.mobile ?? null,
    homeAddress: { line1: addr1, locality: addr2, town: addr3, county: addr4, postCode: postcode },
    employerId: findEmployerId(rows.trplace, world, asOf),
    smartCoachScore: hasScore ? score : null,
    welcomeDone: true,
  });
}

/** The organisation that is open at that date, of any type, the most recent. */
function findEmployerId(placements: readonly TrplaceRow[], world: World, asOf: string): number | null {
  const open = placements.filter(
    ({ start, end }) => (start === null || start <= asOf) && (end === null || end >= asOf),
  );
  const recent = open.sort((a, b) => (a.start ?? '').localeCompare(b.start ?? '') || a.seq - b.seq).at(-1);
  const organisation = world.findOrganisation(recent?.place ?? null);
  return organisation?.isLinked ? employerIdOf(organisation.number) : null;
}

/** One for each course that a delivery qualification leads to; a qualification taken twice counts once. */
function createLearnerCourses(learner: Learner, world: World): SmartAssessorRecord[] {
  const seen = new Set<number>();
  return learner.rows.trqual.flatMap((row) => {
    const qualification = world.findQualification(row.vqref);
    const number = qualification === undefined ? null : findCourseNumber(qualification);
    if (number === null || seen.has(number)) return [];
    seen.add(number);
    const latest = learner.rows.trqual.findLast(({ vqref }) => vqref === row.vqref) ?? row;
    return [createLearnerCourse(latest, { learner, world, number })];
  });
}

interface CoursePlace {
  learner: Learner;
  world: World;
  number: number;
}

function createLearnerCourse(row: TrqualRow, { learner, world, number }: CoursePlace): SmartAssessorRecord {
  const { seed } = world.inputs;
  const stream = createStream(seed, 'learner-course', learner.ident, number);
  const { vqref, vqdesc: title } = world.qualification(number);
  const total = row.tot_elem ?? 0;
  const share = total === 0 ? 0 : Math.floor((100 * (row.done_elem ?? 0)) / total);
  // Up to 0.9 more is still the whole number that PICS shows.
  const surplus = share > 0 && share < 99 ? stream.int(0, 90) / 100 : 0;
  // With two vendors the figures of the active one count.
  const assessed = learner.vendor === 'both' ? 7 : share + surplus;
  const second = learner.rows.trainoff.find(({ reltype }) => reltype === 'ASR2');
  return withNulls({
    learnerId: portfolioIdOf(seed, learner.ident),
    courseId: courseIdOf(seed, number),
    title,
    qanCode: number >= firstStandard ? null : toReference(vqref),
    startDate: row.qstart,
    endDate: row.qexpect,
    status: statusOf(row, learner),
    assessorId: findStaffId(row.officer, world),
    secondAssessorId: findStaffId(second?.code ?? null, world),
    progressAssessedPc: assessed,
    progressMappedPc: Math.min(100, assessed + stream.int(0, 10)),
  });
}

function statusOf(row: TrqualRow, { rows: { trainee } }: Learner): string {
  if (row.qend !== null) return 'Completed';
  if (trainee[0]?.tr_end) return 'EarlyLeaver';
  return trainee[0]?.suspended === 'Y' ? 'TrainingSuspended' : 'InTraining';
}

interface SessionPlace {
  learner: Learner;
  world: World;
  courseIds: readonly string[];
}

const sessionStatuses: Readonly<Record<string, string>> = { Y: 'Attended', N: 'CancelledByLearner' };

function createSession(
  { sa_event_id, proposed, attended, initials }: ReviewRow,
  { learner, world, courseIds }: SessionPlace,
): SmartAssessorRecord {
  return {
    ...{
      id: sa_event_id,
      type: 'FormalReview',
      durationMinutes: 60,
      method: 'Traditional',
      location: 'At work',
    },
    start: toWallTime(proposed ?? ''),
    assessorId: findStaffId(initials, world),
    learners: [
      {
        learnerId: portfolioIdOf(world.inputs.seed, learner.ident),
        courseIds,
        status: sessionStatuses[attended ?? ''] ?? 'Open',
      },
    ],
  };
}

/** What has not come down yet: a cancelled session of 10029, and one of a type that PICS has no review type for. */
function* createUnseenSessions(
  learner: Learner,
  world: World,
  courseIds: readonly string[],
): Generator<SmartAssessorEntry> {
  if (learner.ident !== '10029') return;
  const [review] = learner.rows.itp_revu;
  if (review === undefined) return;
  const at = (days: number): string => `${addDays(world.inputs.asOf, days)} 14:00:00`;
  const place = { learner, world, courseIds };
  const base = { ...review, actual: null };
  const cancelled = { ...base, sa_event_id: sessionIdOf(29, 2), proposed: at(-5), attended: 'N' };
  yield smartAssessorEntry('sessions', createSession(cancelled, place));
  const other = { ...base, sa_event_id: sessionIdOf(29, 3), proposed: at(25), attended: null };
  yield smartAssessorEntry('sessions', { ...createSession(other, place), type: 'GatewayReady' });
}

function findStaffId(code: string | null, world: World): string | null {
  const officer = world.findOfficer(code);
  return officer?.isLinked ? staffIdOf(world.inputs.seed, officer.number) : null;
}

/** PICS and Smart Assessor both keep London's wall time. */
function toWallTime(timestamp: string): string {
  return timestamp.replace(' ', 'T');
}
