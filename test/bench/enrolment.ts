import { type Line, rowOf } from './calls/line.ts';
import { type Death, deathAt, type Enrolled, judgeDeaths, pointsOf } from './enrolment/deaths.ts';
import { openEnrolWorld } from './enrolment/enrol-world.ts';
import { countOrphans, judgeOnce } from './enrolment/made-once.ts';
import { buildNewcomer, type EnrolmentCase, type Newcomer } from './enrolment/newcomer.ts';
import { publishReport, say } from './report.ts';

const known: EnrolmentCase = { newOfficers: 0, newEmployer: false, qualifications: 1, reviews: 0 };
const cases: readonly EnrolmentCase[] = [
  known,
  { newOfficers: 1, newEmployer: true, qualifications: 1, reviews: 0 },
  { newOfficers: 2, newEmployer: true, qualifications: 2, reviews: 1 },
  { newOfficers: 3, newEmployer: true, qualifications: 2, reviews: 6 },
  { newOfficers: 4, newEmployer: true, qualifications: 4, reviews: 3 },
];
const killed: EnrolmentCase = { newOfficers: 2, newEmployer: true, qualifications: 2, reviews: 2 };

/** Counts what enrolments cost, undisturbed and killed at every call. OneFile's own history is the judge. */
export async function runEnrolment(): Promise<void> {
  say('Enrolments\n');
  await using world = await openEnrolWorld();
  let lastIdent = 10_000;
  const build = (size: EnrolmentCase): Newcomer => {
    lastIdent += 1;
    return buildNewcomer(String(lastIdent), size);
  };
  // The first enrolment of a process reads lists that serve all after it, and meets the known officer.
  const warmUp = (): Promise<Enrolled> => world.enrol(build(known));
  await warmUp();
  const lines: Line[] = [];
  const add = (...some: readonly Line[]): void => {
    for (const line of some) say(`  ${rowOf(line).join(' · ')}\n`);
    lines.push(...some);
  };
  for (const size of cases) {
    const newcomer = build(size);
    add(judgeCase(size, newcomer, await world.enrol(newcomer)));
  }
  const base = await world.enrol(build(killed));
  const deaths: Death[] = [];
  for (const point of pointsOf(base)) {
    deaths.push(deathAt(point, base, await world.enrol(build(killed), point)));
    await warmUp();
  }
  add(...judgeDeaths(deaths), judgeOnce(world));
  publish(lines, { deaths: deaths.length, orphans: countOrphans(world) });
}

/** What cannot be avoided: OneFile has no call that makes several records, or that looks for several people. */
function judgeCase(size: EnrolmentCase, { otherAssessors }: Newcomer, { calls }: Enrolled): Line {
  const { newOfficers, newEmployer, qualifications, reviews } = size;
  const wanted =
    5 + 3 * newOfficers + 3 * Number(newEmployer) + 2 * qualifications + otherAssessors + 2 * reviews;
  const isKnown = newOfficers === 0;
  const who = isKnown ? 'officers and employer known' : `n = ${newOfficers} new officers, a new employer`;
  return {
    measure: `${who}, q = ${qualifications}, a = ${otherAssessors}, r = ${reviews}`,
    seen: `${calls.length} calls`,
    bar: `${wanted}`,
    isMet: calls.length <= wanted,
    figures: { ...size, newEmployer: Number(newEmployer), otherAssessors, calls: calls.length, wanted },
  };
}

function publish(
  lines: readonly Line[],
  { deaths, orphans }: { readonly deaths: number; readonly orphans: number },
): void {
  const missed = lines.filter(({ isMet }) => isMet === false);
  publishReport({
    title: 'Enrolment',
    how: `What enrolling a learner costs in calls, by the OneFile simulator's own history: the roles outbound and reconciler with the OneFile client, rules and engine, and the simulator, in one process, databases and topics in memory. With n new officers, one new employer, q qualifications, a of them with an assessor who is not the Default Assessor, and r reviews the bar is **8 + 3 n + 2 q + a + 2 r**, and 5 + 2 q + a + 2 r where officers and employer are known: 3 searches for a possible duplicate, the learner, one reading of the new aims; 2 searches (both assessor roles) and 1 create an officer; 2 searches and 1 create for the employer (OneFile ignores the filter by MIS value there, so the list is read to its end); assigning and filling each qualification; 1 call for each other assessor; visit and review.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      missed.length === 0
        ? 'All bars are met.'
        : `Missed: ${missed.map(({ measure }) => measure).join('; ')}.`,
      `The same enrolment was killed at ${deaths} places: before each reading of the plan, and before and after each step. A look-up is 1 to 4 searches: by MIS value and, when that finds no one record, by names; for an assessor in both roles.`,
      'Not counted: the list of standards and the list of centres, which a new process reads once, and the list of assessors, which it reads every ten minutes beside its work.',
      `A visit cannot be looked up: ${orphans} empty one${orphans === 1 ? '' : 's'} stayed in the diary of OneFile after all these kills.`,
    ],
    figures: { lines: lines.map(({ measure, isMet, figures }) => ({ measure, isMet, ...figures })) },
  });
}
