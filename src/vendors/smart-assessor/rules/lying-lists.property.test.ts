import { expect, test } from 'vitest';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import { createRandom } from '../../../../test/support/random.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import {
  openSmartAssessorWorld,
  type SmartAssessorWorld,
} from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json } from '../../../domain/json.ts';

const seeds = Number(process.env['SIMULATION_SEEDS'] ?? 24);
const first = Number(process.env['SIMULATION_FIRST_SEED'] ?? 1);

const numbers = [1, 2, 3, 4, 5, 6, 7, 8];
const learnerId = (n: number): string => `1ea00000-0000-4000-8000-00000002000${n}`;
const sessionId = (n: number): string => `5e000000-0000-4000-8000-00000002000${n}`;
const identOf = (n: number): string => `2000${n}`;

/** Eight learners, each on a course and with an event. */
function site(): Json {
  const [imogen] = smallSite.learners;
  const [course] = smallSite.learnerCourses;
  const [session] = smallSite.sessions;
  return {
    ...smallSite,
    learners: numbers.map((n) => ({
      ...imogen,
      id: learnerId(n),
      misId: identOf(n),
      givenNames: `Imogen ${n}`,
    })),
    learnerCourses: numbers.map((n) => ({ ...course, learnerId: learnerId(n), progressAssessedPc: n })),
    sessions: numbers.map((n) => ({
      ...session,
      id: sessionId(n),
      start: `2026-02-0${n}T10:00:00`,
      learners: [{ learnerId: learnerId(n), courseIds: [ids.teamLeader], status: 'Open' }],
    })),
  } as unknown as Json;
}

function openWorld(): Promise<SmartAssessorWorld> {
  return openSmartAssessorWorld({
    learners: numbers.map((n) =>
      buildLearner({
        ident: identOf(n),
        firstName: `Imogen ${n}`,
        surname: 'Tarrant',
        birthDate: '2006-07-14',
        smartAssessorId: learnerId(n),
        activePortfolio: 'S',
        qualifications: [buildQualification({ reference: '603/1122/3' })],
      }),
    ),
    officers: [{ code: 'ABR001', externalId: ids.ada }],
    settings: { learnerDetails: 'pull', reviewTypeMap: { 'Formal Review': 'F' } },
    records: site(),
  });
}

type Random = ReturnType<typeof createRandom>;
type Act = { readonly path: string; readonly body: Json };

/** What people of the site do. What is closed stays closed, so that the last state does not depend on what was seen of it. */
function chooseAct(random: Random): Act {
  const n = random.pick(numbers);
  switch (random.below(5)) {
    case 0:
      return { path: `/act/sessions/${sessionId(n)}/close`, body: {} };
    case 1:
      return { path: `/act/sessions/${sessionId(n)}/cancel`, body: { by: 'learner' } };
    case 2: {
      const start = `2026-03-0${n}T1${random.below(8)}:00:00`;
      return { path: `/act/sessions/${sessionId(n)}/move`, body: { start } };
    }
    case 3: {
      const percent = random.below(100);
      const body = { mappedPc: percent, assessedPc: percent };
      return { path: `/act/learner-courses/${learnerId(n)}/${ids.teamLeader}`, body };
    }
    default:
      return {
        path: `/act/learners/${learnerId(n)}/edit`,
        body: { email: `i${random.below(90)}@x.example.org` },
      };
  }
}

const lists = ['read-learners', 'read-learner-courses', 'read-sessions', 'read-assessors', 'read-courses'];

/** A list that is not what is there: records missing, cut, empty, with a row that says nothing, of a gateway. */
function chooseLie(random: Random): Json {
  const few = [random.pick(numbers), random.pick(numbers)];
  const many = numbers.filter(() => random.chance() < 0.7);
  const without = (of: readonly number[]): Json => {
    return { type: 'omit', ids: [...of.map(learnerId), ...of.map(sessionId)] };
  };
  const action = random.pick<Json>([
    without(few),
    without(few),
    without(many),
    { type: 'answer', status: 200, body: '[]' },
    { type: 'answer', status: 200, body: '[{"title":"nothing"}]' },
    { type: 'answer', status: 200, headers: { 'X-Next-Page': '2' }, body: '[]' },
    { type: 'truncate', bytes: 30 + random.below(400) },
    { type: 'answer', status: 502, body: '<html>' },
    { type: 'drop' },
    { type: 'throttle', retryAfter: 'seconds', seconds: 3 },
  ]);
  const isSeen = ['omit', 'answer'].includes((action as { readonly type: string }).type);
  // What a client repeats ends after a while.
  return { match: { operation: random.pick(lists) }, times: isSeen ? 30 : 3, action };
}

const learnersOf = (world: SmartAssessorWorld) => numbers.map((n) => world.learner(identOf(n)));

async function act(world: SmartAssessorWorld, { path, body }: Act): Promise<void> {
  // A closed event refuses whatever comes after.
  await world.control('POST', path, body).catch(() => null);
}

/** A site whose lists lie, and one like it whose lists do not: what they leave in PICS. */
async function readThroughLies(seed: number) {
  const random = createRandom(seed);
  await using lying = await openWorld();
  await using honest = await openWorld();
  const worlds = [lying, honest];
  for (const world of worlds) await world.pass();
  const linksBefore = lying.ledger.links.length;
  const reviewsBefore = learnersOf(lying).map(({ reviews }) => reviews.length);
  const lost: string[] = [];
  const codes = new Set<string>();
  let deletedCount = 0;
  for (let round = 0; round < 6; round += 1) {
    for (let n = random.below(4); n > 0; n -= 1) {
      const one = chooseAct(random);
      for (const world of worlds) await act(world, one);
    }
    for (let n = random.below(3); n > 0; n -= 1) await lying.script(chooseLie(random));
    // A lie that lasts for two passes is a deletion, if it is about a few.
    for (let n = 1 + random.below(3); n > 0; n -= 1) deletedCount += (await lying.pass()).deletedCount;
    for (const { code } of lying.ledger.held) codes.add(code);
    if (lying.ledger.links.length < linksBefore) lost.push(`links in round ${round}`);
    for (const [at, { reviews, ident, email }] of learnersOf(lying).entries()) {
      if (reviews.length !== reviewsBefore[at]) lost.push(`reviews of ${ident} in round ${round}`);
      if (email === null) lost.push(`details of ${ident} in round ${round}`);
    }
    await lying.control('DELETE', '/rules');
  }
  for (const world of worlds) for (let n = 0; n < 2; n += 1) await world.pass();
  const [seen, wanted] = worlds.map(learnersOf);
  const found = { lost, held: lying.held(), writes: await lying.takeWrites(), seen };
  return { found, wanted, believed: { codes, deletedCount } };
}

test(`D-21, SA-30: whatever the lists leave out, nothing is lost in PICS, and honest lists put everything right (seeds ${first} to ${first + seeds - 1})`, {
  timeout: 120_000,
}, async () => {
  const codes = new Set<string>();
  let deletedCount = 0;
  for (let seed = first; seed < first + seeds; seed += 1) {
    const { found, wanted, believed } = await readThroughLies(seed);
    expect({ seed, ...found }).toEqual({ seed, lost: [], held: [], writes: [], seen: wanted });
    for (const code of believed.codes) codes.add(code);
    deletedCount += believed.deletedCount;
  }
  if (seeds < 24) return;
  // So many lies are such that some are believed, and some left to a person.
  expect(deletedCount).toBeGreaterThan(0);
  expect([...codes].toSorted()).toEqual(expect.arrayContaining(['DELETIONS_HELD', 'LINK_GONE']));
});
