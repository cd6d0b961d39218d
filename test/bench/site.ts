import { buildLearner, buildQualification } from '../support/learner.ts';
import { enrolmentSite } from '../support/smart-assessor-world/site.ts';
import { openSmartAssessorWorld } from '../support/smart-assessor-world/world.ts';
import { type Line, rowOf } from './calls/line.ts';
import { publishReport, say } from './report.ts';
import { largeSite, largeSiteInPics } from './whole-lists/large-site.ts';

const size = { learners: 10_000, coursesEach: 2, sessionsEach: 1 };

/** What the exchange with Smart Assessor costs in calls: a daily run, a second one, a refresh and enrolments. */
export async function runSite(): Promise<void> {
  say(`Loading ${size.learners} learners into Smart Assessor and PICS …\n`);
  const lines = [...(await measureRuns()), ...(await measureEnrolments())];
  const isMet = lines.every(({ isMet: met }) => met !== false);
  publishReport({
    title: 'Smart Assessor',
    how: `${size.learners.toLocaleString('en-GB')} learners with ${size.coursesEach} courses and a session each, in one process: full pass, reconciler role, engine and client of Smart Assessor through assumed-rest-v0, the simulator, databases and topics in memory. Counts are the simulator's.`,
    table: { head: ['', 'seen', 'bar', 'verdict'], rows: lines.map(rowOf) },
    observations: [
      isMet ? 'All bars are met.' : 'A bar is missed.',
      `Calls of the last enrolment: ${Object.entries(lines.at(-1)?.figures ?? {})
        .map(([route, count]) => `${count} × \`${route}\``)
        .join(', ')}.`,
      'A site is read whole, so a run costs the same with one learner. The formula of an enrolment is 2 calls for each record that is created, 1 for each course and 2 to read back (smart-assessor-api 10.2).',
    ],
    figures: {
      lines: lines.map(({ measure, isMet: met, figures }) => ({ measure, isMet: met, ...figures })),
    },
  });
}

async function measureRuns(): Promise<Line[]> {
  await using world = await openSmartAssessorWorld({
    learners: largeSiteInPics(size),
    settings: { reviewTypeMap: { FormalReview: 'R' }, concurrency: 2 },
    records: {},
  });
  for (const portion of largeSite(size)) await world.load(portion as never);
  const lines: Line[] = [];
  for (const measure of ['first run, no learner linked before', 'second run, nothing changed']) {
    say(`  ${measure}\n`);
    const rowsBefore = world.pics.written.length;
    await world.takeWrites();
    await world.pass();
    const calls = await world.takeCalls();
    const [sent, written] = [(await world.takeWrites()).length, world.pics.written.length - rowsBefore];
    const isSecond = measure.startsWith('second');
    lines.push({
      measure,
      seen: `${calls.length} calls, ${sent} writes at Smart Assessor, ${written} in PICS`,
      bar: isSecond ? '6, 0, 0' : '6, 0',
      isMet: calls.length === 6 && sent === 0 && (isSecond ? written === 0 : written > size.learners),
      figures: { calls: calls.length, sent, written },
    });
  }
  await world.settle('100017', 'refresh');
  const calls = await world.takeCalls();
  lines.push({
    measure: 'refresh of one learner',
    seen: `${calls.length} calls`,
    bar: '3',
    isMet: calls.length === 3,
    figures: { calls: calls.length },
  });
  return lines;
}

/** Without ids, query and body. */
function toRoute(line: string): string {
  return line
    .split(/[ ?{]/)
    .slice(0, 2)
    .join(' ')
    .replace(/\/[0-9a-f-]{36}/g, '');
}

type Newcomer = { readonly courses: number; readonly officer: boolean; readonly employer: boolean };

/** Learners that need more and more records of their own. */
const newcomers: readonly (Newcomer & { readonly measure: string; readonly bar: number })[] = [
  { measure: 'enrolment on one course', courses: 1, officer: false, employer: false, bar: 2 + 1 + 2 },
  { measure: 'enrolment on two courses', courses: 2, officer: false, employer: false, bar: 2 + 2 + 2 },
  {
    measure: 'enrolment on two courses with a new employer and a new assessor',
    courses: 2,
    officer: true,
    employer: true,
    bar: 3 * 2 + 2 + 2,
  },
];

async function measureEnrolments(): Promise<Line[]> {
  const lines: Line[] = [];
  for (const { measure, bar, ...newcomer } of newcomers) {
    await using world = await openSmartAssessorWorld({
      learners: [buildNewcomer(newcomer)],
      officers: [{ code: 'NEW001', firstName: 'Noor', surname: 'Aziz', email: 'n@x.example.org' }],
      organisations: [{ code: 'NEW001', name: 'Newfield Ltd', postcode: 'ZZ99 1AB' }],
      records: enrolmentSite as never,
      settings: { unlinkedOfficer: 'create', unlinkedEmployer: 'create' },
    });
    await world.command('refresh-qualification-links', {});
    await world.takeCalls();
    const answer = await world.command('enrol', { ident: '10001' });
    const calls = await world.takeCalls();
    const byOperation = Map.groupBy(calls, toRoute);
    lines.push({
      measure,
      seen: `${calls.length} calls, ${answer.status}`,
      bar: `≤ ${bar}`,
      isMet: answer.status === 'done' && calls.length <= bar,
      figures: Object.fromEntries([...byOperation].map(([name, some]) => [name, some.length])),
    });
  }
  return lines;
}

function buildNewcomer({ courses, officer, employer }: Newcomer) {
  const references = ['603/1122/3', '196AS'].slice(0, courses);
  return buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    email: 'i@x.example.org',
    startOn: '2026-01-05',
    mainOfficer: officer ? 'NEW001' : null,
    qualifications: references.map((reference) =>
      buildQualification({ reference, startOn: '2026-01-05', expectedEndOn: '2027-01-05' }),
    ),
    ...(employer && {
      placements: [
        {
          seq: 1,
          organisation: 'NEW001',
          organisationName: 'Newfield Ltd',
          organisationExternalId: null,
          type: null,
          startOn: '2026-01-05',
          endOn: null,
        },
      ],
    }),
  });
}
