import type { Learner } from '../../../src/domain/learner.ts';
import { buildLearner, buildQualification } from '../../support/learner.ts';

export type SiteSize = {
  readonly learners: number;
  readonly coursesEach: number;
  readonly sessionsEach: number;
};

const courseCount = 40;
const assessorCount = 50;

const guid = (kind: number, n: number): string =>
  `${kind.toString(16).padStart(8, '0')}-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

const learnerId = (n: number): string => guid(3, n + 1);
const assessorOf = (n: number): string => guid(2, (n % assessorCount) + 1);
const courseAt = (learner: number, at: number): number => (learner + at) % courseCount;
const qanOf = (course: number): string => `6010${String(course).padStart(3, '0')}X`;
const titleOf = (course: number): string => `Diploma number ${course} in a subject with a long name`;
const identOf = (n: number): string => String(100_000 + n);

/** Records of a large site for the simulator's door, in portions that a request can carry. */
export function* largeSite({ learners: count, coursesEach, sessionsEach }: SiteSize) {
  const courses = Array.from({ length: courseCount }, (_, n) => ({
    id: guid(1, n + 1),
    title: titleOf(n),
    qanCode: qanOf(n),
  }));
  const assessors = Array.from({ length: assessorCount }, (_, n) => ({
    id: guid(2, n + 1),
    misId: `OFF${n}`,
    firstName: 'Ada',
    lastName: `Number${n}`,
    userName: `ada${n}@example.org`,
  }));
  yield { courses, assessors };
  const step = 1_000;
  for (let from = 0; from < count; from += step) {
    const numbers = Array.from({ length: Math.min(step, count - from) }, (_, n) => from + n);
    yield { learners: numbers.map(learnerAt) };
    yield { learnerCourses: numbers.flatMap((n) => coursesOf(n, coursesEach)) };
    if (sessionsEach > 0) yield { sessions: numbers.flatMap((n) => sessionsOf(n, sessionsEach)) };
  }
}

function learnerAt(n: number) {
  return {
    id: learnerId(n),
    misId: identOf(n),
    familyName: `Okafor-Williams${n}`,
    givenNames: 'Adaeze Margaret',
    dateOfBirth: '2004-02-29',
    uln: String(9_000_000_000 + n),
    email: `adaeze.okafor${n}@example.org`,
    telNumber: '01632 960101',
    mobile: '07700 900123',
    homeAddress: {
      line1: `${n} High Street`,
      locality: 'Lower End',
      town: 'Exampleton',
      county: 'Exampleshire',
      postCode: 'EX99 1AB',
    },
  };
}

function coursesOf(n: number, count: number) {
  return Array.from({ length: count }, (_, at) => ({
    learnerId: learnerId(n),
    courseId: guid(1, courseAt(n, at) + 1),
    qanCode: qanOf(courseAt(n, at)),
    title: titleOf(courseAt(n, at)),
    startDate: '2025-09-01',
    endDate: '2027-09-01',
    status: 'InTraining',
    assessorId: assessorOf(n),
    progressAssessedPc: n % 100,
    progressMappedPc: 100,
  }));
}

/** One a month, the first of them attended. */
function sessionsOf(n: number, count: number) {
  return Array.from({ length: count }, (_, at) => ({
    id: guid(5, n * count + at + 1),
    type: 'FormalReview',
    start: `2026-${String((at % 12) + 1).padStart(2, '0')}-10T10:00:00`,
    durationMinutes: 60,
    location: 'At work',
    method: 'Traditional',
    assessorId: assessorOf(n),
    learners: [
      {
        learnerId: learnerId(n),
        courseIds: [guid(1, courseAt(n, 0) + 1)],
        status: at === 0 ? 'Attended' : 'Open',
      },
    ],
  }));
}

/** The same learners in PICS, each with the id typed in, nothing linked yet. */
export function largeSiteInPics({ learners: count, coursesEach }: SiteSize): readonly Learner[] {
  return Array.from({ length: count }, (_, n) =>
    buildLearner({
      ident: identOf(n),
      firstName: 'Adaeze',
      surname: `Okafor-Williams${n}`,
      birthDate: '2004-02-29',
      smartAssessorId: learnerId(n),
      activePortfolio: 'S',
      qualifications: Array.from({ length: coursesEach }, (_, at) =>
        buildQualification({ reference: qanOf(courseAt(n, at)), elementsTotal: 100, elementsDone: 0 }),
      ),
    }),
  );
}
