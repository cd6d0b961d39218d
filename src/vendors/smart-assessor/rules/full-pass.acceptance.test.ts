import { expect, test } from 'vitest';
import { buildLearner, buildQualification } from '../../../../test/support/learner.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import {
  openSmartAssessorWorld,
  type SmartAssessorWorld,
} from '../../../../test/support/smart-assessor-world/world.ts';
import { Secret } from '../../../base/secret.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Learner } from '../../../domain/learner.ts';

const imogen = (known: Partial<Learner> = {}): Learner =>
  buildLearner({
    ident: '10001',
    firstName: 'Imogen',
    surname: 'Tarrant',
    birthDate: '2006-07-14',
    smartAssessorId: ids.imogen,
    activePortfolio: 'S',
    ...known,
  });

const linksOf = (world: SmartAssessorWorld): string[] =>
  world.ledger.links.map(({ kind, picsId, vendorId }) => `${kind} ${picsId}=${vendorId}`);

/** Reads of the six collections. */
const whole = [
  'GET courses',
  'GET assessors?includeArchived=true',
  'GET employers',
  'GET learners?includeArchived=true',
  'GET learner-courses',
  'GET sessions',
];

test('SA-30: a daily run reads six whole lists and nothing else, however many are linked; a second one writes nothing', async () => {
  await using world = await openSmartAssessorWorld({
    learners: [imogen()],
    settings: { reviewTypeMap: { FormalReview: 'R' } },
  });
  await world.pass();
  expect(linksOf(world)).toContain(`learner 10001=${ids.imogen}`);
  expect(world.learner('10001').reviews).toHaveLength(1);
  await world.takeCalls();
  const { length } = world.pics.written;
  const summary = await world.pass('daily');
  expect(await world.takeCalls()).toEqual(whole);
  expect(summary).toMatchObject({ learnerCount: 1, gapCount: 0, deletedCount: 0 });
  expect(world.pics.written).toHaveLength(length);
  expect(world.held()).toEqual([]);
});

test('SA-30: it takes every linked learner, live or not', async () => {
  await using world = await openSmartAssessorWorld({
    learners: [imogen({ status: 'X', endOn: '2020-01-01' })],
  });
  await world.pass();
  expect(await world.pass('daily')).toMatchObject({ learnerCount: 1 });
});

test('SA-31: a refresh reads one learner, its courses and its sessions, and comes to the same', async () => {
  const settings = { reviewTypeMap: { FormalReview: 'R' } };
  await using passed = await openSmartAssessorWorld({ learners: [imogen()], settings });
  await passed.pass();
  await using world = await openSmartAssessorWorld({ learners: [imogen()], settings });
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').reviews.map(({ smartAssessorId, type }) => [smartAssessorId, type])).toEqual(
    passed.learner('10001').reviews.map(({ smartAssessorId, type }) => [smartAssessorId, type]),
  );
  await world.takeCalls();
  await world.settle('10001', 'refresh');
  expect(await world.takeCalls()).toEqual([
    `GET learners/${ids.imogen}`,
    `GET learner-courses?learnerId=${ids.imogen}`,
    `GET sessions?learnerId=${ids.imogen}`,
  ]);
});

test('D-21: a session that is gone from two whole lists is published as deleted, once; PICS keeps its review', async () => {
  await using world = await openSmartAssessorWorld({
    learners: [imogen()],
    settings: { reviewTypeMap: { FormalReview: 'R' } },
  });
  await world.pass();
  const deletions = () =>
    world.reconciler.records.filter((item) => item.kind === 'observation' && item.observation.deleted);
  world.control('POST', `/act/sessions/${ids.session}/delete`);
  await world.pass();
  expect(deletions()).toEqual([]);
  await world.pass();
  await world.pass();
  expect(deletions()).toMatchObject([{ observation: { vendorId: `${ids.session}/${ids.imogen}` } }]);
  expect(world.learner('10001').reviews).toHaveLength(1);
});

test('D-21: a list that came empty by mistake takes nothing away before a person has looked', async () => {
  const learners = Array.from({ length: 8 }, (_, n) => ({
    ...smallSite.learners[0],
    id: `1ea00000-0000-4000-8000-00000002000${n}`,
    misId: `2000${n}`,
  }));
  await using world = await openSmartAssessorWorld({
    learners: [imogen()],
    settings: { reviewTypeMap: { FormalReview: 'R' } },
    records: { ...smallSite, learners: [...smallSite.learners, ...learners] } as never,
  });
  await world.pass();
  world.script({
    match: { operation: 'read-learners' },
    times: 2,
    action: { type: 'answer', status: 200, body: '[]' },
  });
  const found = [await world.pass(), await world.pass()];
  expect(found.map(({ deletedCount }) => deletedCount)).toEqual([0, 0]);
  expect(world.held()).toEqual(['deletions:learner DELETIONS_HELD']);
  expect(linksOf(world)).toContain(`learner 10001=${ids.imogen}`);
  await world.pass();
  expect(world.held()).toEqual([]);
});

test.each([
  ['cut in the middle', { type: 'truncate', bytes: 60 }],
  ['with a row that has no id', { type: 'answer', status: 200, body: '[{"familyName":"Nobody"}]' }],
])('D-21, G-9: of a list %s nothing is concluded', async (_title, action) => {
  await using world = await openSmartAssessorWorld({ learners: [imogen()] });
  await world.pass();
  for (let n = 0; n < 2; n += 1) {
    world.script({ match: { operation: 'read-sessions' }, times: null, action });
    expect(await world.pass()).toMatchObject({ gapCount: 1, deletedCount: 0, unread: ['sessions'] });
    world.control('DELETE', '/rules');
  }
  expect(await world.pass()).toMatchObject({ gapCount: 0, deletedCount: 0 });
});

test('A-46, SA-23: a first synchronisation brings together by id alone; the same names and birth date are proposed', async () => {
  const twin = { ...smallSite.learners[0], id: '1ea00000-0000-4000-8000-000000010002', misId: '10002' };
  const other = { ...twin, givenNames: 'Noor', familyName: 'Aziz', uln: '1000000027' };
  await using world = await openSmartAssessorWorld({
    learners: [
      imogen({ smartAssessorId: `{${ids.imogen.toUpperCase()}}` }),
      // Its ident is the MIS id and its ULN the ULN of a learner there: neither makes a link.
      buildLearner({
        ident: '10002',
        firstName: 'Noor',
        surname: 'Aziz',
        birthDate: '2006-07-14',
        uln: '1000000027',
      }),
      buildLearner({ ident: '10003', smartAssessorId: '00000000-1111-4000-8000-000000000000' }),
    ],
    settings: { reviewTypeMap: { FormalReview: 'R' } },
    records: { ...smallSite, learners: [...smallSite.learners, other] } as never,
  });
  expect(await world.readPlan()).toMatchObject({
    toLink: { id: 1, misValue: 0, uln: 0 },
    proposals: [{ ident: '10002', vendorId: other.id }],
    doubts: [{ ident: '10003', why: 'ID_NOT_FOUND' }],
    reviewsToSend: 0,
    calls: 7,
  });
  await world.pass();
  expect(linksOf(world).filter((link) => link.startsWith('learner'))).toEqual([
    `learner 10001=${ids.imogen}`,
  ]);
  expect(world.held()).toEqual(['learner:10003 ID_NOT_FOUND']);
});

test('D-6, SA-20: officers and organisations whose id stands in PICS are linked from the lists, and by nothing else', async () => {
  await using world = await openSmartAssessorWorld({
    learners: [],
    officers: [
      { code: 'BCO001', externalId: ids.ben },
      // The code is the MIS id of an assessor: that is no link (SA-23).
      { code: 'ABR001', externalId: null },
    ],
    organisations: [{ code: 'ALD001', externalId: '01001' }, { code: 'OTH001' }],
  });
  await world.pass();
  expect(linksOf(world).toSorted()).toEqual([`officer BCO001=${ids.ben}`, 'organisation ALD001=1001']);
  expect(world.held()).toEqual([]);
});

test('D-21, SA-14: a list of courses that comes empty or cut takes none away, by a pass or by command', async () => {
  await using world = await openSmartAssessorWorld({
    learners: [imogen({ status: 'L', qualifications: [buildQualification({ reference: '603/1122/3' })] })],
  });
  const refresh = () => world.command('refresh-qualification-links', {});
  const offered = async () =>
    (await world.store.catalogue.read({ vendor: 'smartassessor', centre: 'main' })).map(({ code }) => code);
  expect(await refresh()).toMatchObject({ status: 'done', result: { references: 4, unmatched: [] } });
  const before = await offered();
  const answer = (action: JsonObject) =>
    world.script({ match: { operation: 'read-courses' }, times: null, action });
  await answer({ type: 'answer', status: 200, body: '[]' });
  expect(await refresh(), 'the answer tells what was read').toMatchObject({
    status: 'done',
    result: { references: 0, unmatched: ['603/1122/3'] },
  });
  await world.pass();
  expect(await offered()).toEqual(before);
  await world.control('DELETE', '/rules');
  await answer({ type: 'truncate', bytes: 60 });
  expect(await refresh()).toMatchObject({ status: 'failed' });
  expect(await offered()).toEqual(before);
});

test('G-4: a look that is answered out of a list read before sets nothing back that a pass has shown since', async () => {
  const oscar = '1ea00000-0000-4000-8000-000000010002';
  const qualifications = [buildQualification({ reference: '603/1122/3' })];
  await using world = await openSmartAssessorWorld({
    learners: [
      imogen({ qualifications }),
      imogen({ ident: '10002', firstName: 'Oscar', smartAssessorId: oscar }),
    ],
    settings: { contract: 'soap-g1', g1: { apiKey: new Secret('local-key') } },
    records: {
      ...smallSite,
      learners: [
        ...smallSite.learners,
        { ...smallSite.learners[0], id: oscar, misId: '10002', givenNames: 'Oscar' },
      ],
    } as never,
  });
  const done = () => world.learner('10001').qualifications.map(({ elementsDone }) => elementsDone);
  await world.pass();
  await world.pass();
  expect(done()).toEqual([40]);
  await world.passMs(10_000);
  await world.settle('10002', 'refresh');
  await world.control('POST', `/act/learner-courses/${ids.imogen}/${ids.teamLeader}`, {
    mappedPc: 70,
    assessedPc: 60,
  });
  await world.passMs(1_000);
  await world.pass();
  expect(done()).toEqual([60]);
  await world.takeCalls();
  await world.look('10001', 'refresh');
  await world.reconciler.drain();
  expect(await world.takeCalls(), 'it reads nothing again').toEqual([]);
  expect(done()).toEqual([60]);
});
