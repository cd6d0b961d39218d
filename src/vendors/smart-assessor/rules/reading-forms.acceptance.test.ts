import { describe, expect, test } from 'vitest';
import { SWITCH_TABLE } from '../../../../simulators/smart-assessor/switches.ts';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import { openSmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import { Secret } from '../../../base/secret.ts';
import type { Json, JsonObject } from '../../../domain/json.ts';

/*
 * What comes down is the same, however Smart Assessor turns out to write it (smart-assessor-api 12.4): every value of every
 * switch of the simulator, through both contracts.
 */

const oscar = '1ea00000-0000-4000-8000-000000010002';
const together = '5e000000-0000-4000-8000-000000000004';

/** Something of all that comes down: details, risk, progress, events alone, of two people and on two courses. */
function site(): Json {
  const [imogen] = smallSite.learners;
  const [course, ...courses] = smallSite.learnerCourses;
  const [session] = smallSite.sessions;
  const of = (learnerId: string, status: string, courseIds: readonly string[] = [ids.teamLeader]) => {
    return { learnerId, status, courseIds };
  };
  const details = {
    telNumber: '01632 960001',
    mobile: '07700 900001',
    sex: 'Female',
    niNumber: 'QQ123456C',
    homeAddress: { line1: '2 Mill Row', town: 'Larkfield', postCode: 'ZZ99 1AB' },
    smartCoachScore: 0.8,
  };
  const sessions = [
    { start: '2026-02-02T10:00:00', type: 'FormalReview', learners: [of(ids.imogen, 'Open')] },
    { start: '2026-06-02T09:30:00', type: 'Induction', learners: [of(ids.imogen, 'Attended')] },
    { start: '2026-02-04T10:00:00', type: 'TestsExams', learners: [of(ids.imogen, 'CancelledByEmployer')] },
    {
      start: '2026-02-05T10:00:00',
      type: 'OutOfTheWorkplace',
      learners: [of(ids.imogen, 'Attended', [ids.teamLeader, ids.joinery]), of(oscar, 'Open')],
    },
  ];
  return {
    ...smallSite,
    learners: [
      { ...imogen, ...details },
      { ...imogen, id: oscar, misId: '10002', givenNames: 'Oscar', email: 'o@x.example.org' },
    ],
    learnerCourses: [course, ...courses, { ...course, learnerId: oscar, progressAssessedPc: 7.9 }],
    sessions: sessions.map((one, n) => ({
      ...session,
      ...one,
      id: `5e000000-0000-4000-8000-00000000000${n + 1}`,
    })),
  } as unknown as Json;
}

const exchanged = {
  learnerDetails: 'pull',
  officerDetails: 'pull',
  updateGender: true,
  riskFromScore: true,
  capabilities: { smartCoach: true },
  reviewTypeMap: { 'Formal Review': 'F', Induction: 'I', 'Tests/Exams': 'T', 'Out of the Workplace': 'W' },
};

/** The settings with which each contract is spoken, for a site that wants a token or does not. */
const contracts: Readonly<Record<string, (switches: JsonObject) => object>> = {
  'assumed-rest-v0': (switches) => (switches['auth-strategy'] === 'token' ? { auth: 'token' } : {}),
  'soap-g1': () => ({ contract: 'soap-g1', g1: { apiKey: new Secret('local-key') } }),
};

/** What two full passes leave in PICS. */
async function readDown(contract: string, switches: JsonObject) {
  const learner = (ident: string, firstName: string, smartAssessorId: string) =>
    buildLearner({
      ident,
      firstName,
      surname: 'Tarrant',
      birthDate: '2006-07-14',
      smartAssessorId,
      activePortfolio: 'S',
      hasEpisode: true,
      qualifications: ['603/1122/3', '196AS'].map((reference) => buildQualification({ reference })),
    });
  await using world = await openSmartAssessorWorld({
    learners: [learner('10001', 'Imogen', ids.imogen), learner('10002', 'Oscar', oscar)],
    officers: [{ code: 'ABR001', externalId: ids.ada }],
    settings: { ...exchanged, ...contracts[contract]?.(switches) },
    records: site(),
    switches: { 'smart-coach': 'on', ...switches },
  });
  await world.pass();
  await world.pass();
  // A call of soap-g1 that reads is a POST too.
  expect((await world.takeWrites()).filter((line) => !/<Get\w+/.test(line))).toEqual([]);
  // Its officers are what its reviews name.
  const learners = ['10001', '10002'].map((ident) => ({ ...world.learner(ident), officers: [] }));
  return { learners, officers: [...world.pics.owners.values()], held: world.held() };
}

type Down = Awaited<ReturnType<typeof readDown>>;

/** The second learner of an event is not shown with it. */
const withoutSecond = withoutReviews(
  ({ smartAssessorId }, ident) => ident === '10002' && smartAssessorId === together,
);

/** Where another outcome is the right one. */
const otherwise: Readonly<Record<string, (down: Down) => Down>> = {
  'assumed-rest-v0 session-shape first-only': withoutSecond,
  'soap-g1 session-shape first-only': withoutSecond,
  'soap-g1 session-shape grouped': withoutSecond,
  'assumed-rest-v0 cancelled-visibility hidden': withoutReviews(({ attended }) => attended === 'N'),
  'soap-g1 cancelled-visibility hidden': withoutReviews(({ attended }) => attended === 'N'),
  'assumed-rest-v0 smart-coach off': (down) => {
    return { ...down, learners: down.learners.map((one) => ({ ...one, risk: null })) };
  },
};

function withoutReviews(
  isHidden: (review: Down['learners'][number]['reviews'][number], ident: string) => boolean,
): (down: Down) => Down {
  const strip = (one: Down['learners'][number]) => {
    const reviews = one.reviews.filter((review) => !isHidden(review, one.ident));
    return { ...one, reviews };
  };
  return (down) => ({ ...down, learners: down.learners.map(strip) });
}

/** All values but the defaults. With single sign-on the site lets no program in at all. */
const values = Object.entries(SWITCH_TABLE)
  .flatMap(([name, of]) =>
    'values' in of ? of.values.slice(1).map((value): [string, string] => [name, value]) : [],
  )
  .filter(([name]) => name !== 'sso');

describe.each(Object.keys(contracts))(
  'SA-32, SA-41, SA-50, SA-53, D-5: what comes down through %s',
  (contract) => {
    let known: Promise<Down> | null = null;
    const readPlain = (): Promise<Down> => {
      known ??= readDown(contract, {});
      return known;
    };

    test('is all there is', async () => {
      const { learners, held } = await readPlain();
      const [imogen, other] = learners;
      expect(held).toEqual([]);
      expect(imogen).toMatchObject({
        phone: '01632 960001',
        mobile: '07700 900001',
        email: 'i@x.example.org',
        sex: 'F',
        niNumber: 'QQ123456C',
        postcode: 'ZZ99 1AB',
        risk: contract === 'soap-g1' ? null : '1',
        qualifications: [
          { elementsTotal: 100, elementsDone: 40 },
          // The code of a standard is not on this wire.
          contract === 'soap-g1' ? { elementsTotal: null } : { elementsTotal: 100, elementsDone: 0 },
        ],
        reviews: [
          { type: 'F', attended: 'U', actualAt: null, officer: 'ABR001' },
          { type: 'I', attended: 'Y', actualAt: '2026-06-02T09:30:00' },
          { type: 'T', attended: 'N', actualAt: null },
          { type: 'W', attended: 'Y', actualAt: '2026-02-05T10:00:00' },
        ],
      });
      expect(other).toMatchObject({
        qualifications: [{ elementsDone: 7 }, {}],
        reviews: [{ type: 'W', attended: 'U', smartAssessorId: together }],
      });
    });

    test.each(values)('is the same with %s = %s', async (name, value) => {
      const plain = await readPlain();
      const wanted = otherwise[`${contract} ${name} ${value}`]?.(plain) ?? plain;
      expect(await readDown(contract, { [name]: value })).toEqual(wanted);
    });
  },
);
