import type { Learner } from '../../../src/domain/learner.ts';
import type { createRandom } from '../../support/random.ts';
import {
  dayMs,
  officerCodes,
  organisationCodes,
  references,
  toBirthDate,
  toCode,
} from './populate-values.ts';
import type { SmartAssessorSite } from './smart-assessor.ts';

type Random = ReturnType<typeof createRandom>;

/** Ids in the form of the vendor's, by what they are of and a number. */
const guid = (kind: 'c0' | '5a' | '1e' | '5e', number: number): string =>
  `${kind}000000-0000-4000-8000-${String(number).padStart(12, '0')}`;

export const learnerIdOf = (ident: string): string => guid('1e', Number(ident));

/** The course of each reference of PICS; the one of a single stage has none, and one has two. */
export const courseIds: Readonly<Record<string, string>> = {
  '603/1122/3': guid('c0', 1),
  '600/9999/1': guid('c0', 2),
  '196AS': guid('c0', 3),
  '0123': guid('c0', 4),
  '601/4444/X': guid('c0', 5),
};
const secondCourse = guid('c0', 6);

/** Sessions of these types are reviews of PICS in every month; those of the last only where a person has mapped it. */
export const sessionTypes = ['FormalReview', 'Induction', 'General', 'GatewayReady'] as const;

type Options = { readonly learners: readonly Learner[]; readonly nowMs: number };

/**
 * A site that grew beside PICS for a while: some of PICS's learners are there, most of them known in PICS by their id.
 * Gives the learners as PICS has them then.
 */
export function populateSmartAssessor(
  site: SmartAssessorSite,
  random: Random,
  { learners, nowMs }: Options,
): Learner[] {
  const courses = coursesOfSite(random);
  site.load({ courses });
  for (const { id, isActive } of courses) if (!isActive) site.wereInactive.add(id);
  site.load({ employers: employersOfSite(random), assessors: assessorsOfSite(random) });
  return learners.map((learner) => populateLearner(site, random, learner, nowMs));
}

type Course = { readonly id: string; readonly isActive: boolean } & Readonly<Record<string, unknown>>;

function coursesOfSite(random: Random): Course[] {
  const offered = references.filter((reference) => courseIds[reference] !== undefined);
  const courses = offered.map((reference) => {
    const isStandard = /^\d+AS$/.test(reference);
    return {
      id: courseIds[reference] ?? '',
      title: `Course ${reference}`,
      qanCode: isStandard ? null : toCode(reference),
      standardCode: isStandard ? reference.slice(0, -2) : null,
      isActive: reference !== '0123' || random.chance() < 0.7,
    };
  });
  return [...courses, { id: secondCourse, title: 'Evenings', qanCode: toCode('601/4444/X'), isActive: true }];
}

function employersOfSite(random: Random): object[] {
  return organisationCodes.flatMap((code, index) =>
    random.chance() < 0.5 ? [{ id: 1001 + index, misId: code, name: `Firm ${code}` }] : [],
  );
}

/** Some carry PICS's code, some were made by hand, and one person may have two accounts. */
function assessorsOfSite(random: Random): object[] {
  return officerCodes.flatMap((code, index) => {
    const dice = random.chance();
    const account = (number: number, misId: string | null) => ({
      id: guid('5a', number),
      misId,
      firstName: 'Ada',
      lastName: code,
      userName: `${code}.${number}@x.example.org`,
      email: `${code}@x.example.org`,
    });
    if (dice < 0.4) return [account(index + 1, code)];
    if (dice < 0.7) return [account(index + 1, null)];
    return dice < 0.75 ? [account(index + 1, code), account(index + 101, code)] : [];
  });
}

function populateLearner(site: SmartAssessorSite, random: Random, learner: Learner, nowMs: number): Learner {
  const { ident, qualifications, oneFileId } = learner;
  // Whoever was linked to both before stays so, with an account that is really there.
  if (random.chance() >= 0.3 && learner.smartAssessorId === null) return learner;
  const id = learnerIdOf(ident);
  site.load({
    learners: [
      {
        id,
        misId: random.chance() < 0.7 ? ident : null,
        givenNames: 'Imogen',
        familyName: `Tarrant ${ident}`,
        dateOfBirth: toBirthDate(ident),
        email: random.chance() < 0.8 ? `${ident}@sa.example.org` : null,
      },
    ],
  });
  const known = qualifications.flatMap(({ reference }) => courseIds[reference] ?? []);
  const own = [...new Set(known)].filter(() => random.chance() < 0.9);
  site.load({
    learnerCourses: own.map((courseId) => {
      const assessed = random.below(1_000) / 10;
      return {
        learnerId: id,
        courseId,
        title: 'Course',
        status: random.pick(['AwaitingInduction', 'InTraining', 'InTraining']),
        startDate: new Date(nowMs - random.below(300) * dayMs).toISOString().slice(0, 10),
        progressAssessedPc: assessed,
        progressMappedPc: Math.min(100, assessed + random.below(20)),
      };
    }),
  });
  for (let count = random.below(3); count > 0; count -= 1) bookSession(site, random, [id], nowMs);
  const isKnown = random.chance() < 0.85;
  const portfolio = oneFileId === null ? 'S' : random.pick(['O', 'S', null] as const);
  return { ...learner, smartAssessorId: isKnown ? id : null, activePortfolio: isKnown ? portfolio : null };
}

/** A session as an assessor books it, where the site's rules let it be. Gives its id. */
export function bookSession(
  site: SmartAssessorSite,
  random: Random,
  learnerIds: readonly string[],
  nowMs: number,
): string | null {
  const assessors = site.rows('assessors');
  const learners = learnerIds.flatMap((learnerId) => {
    const [course] = site.coursesOf(learnerId);
    return course === undefined ? [] : [{ learnerId, courseIds: [String(course['courseId'])] }];
  });
  if (assessors.length === 0 || learners.length === 0) return null;
  const booked = site.act('sessions', {
    type: random.pick(sessionTypes),
    start: toStart(random, nowMs),
    durationMinutes: 60,
    location: 'At work',
    method: 'Traditional',
    assessorId: String(random.pick(assessors)['id']),
    learners,
  });
  return booked === null ? null : String(booked['id']);
}

/** London's wall time; sometimes in the night on which the clocks change. */
export function toStart(random: Random, nowMs: number): string {
  const nights = [Date.UTC(2026, 2, 29), Date.UTC(2026, 9, 25)];
  const anyMs = nowMs + (random.below(60) - 20) * dayMs;
  const fromMs = random.chance() < 0.1 ? random.pick(nights) : anyMs;
  const atMs = Math.floor(fromMs / dayMs) * dayMs + random.below(24 * 60) * 60_000;
  return `${new Date(atMs).toISOString().slice(0, 16)}:00`;
}
