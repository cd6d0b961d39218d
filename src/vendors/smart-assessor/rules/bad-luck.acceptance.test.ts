import { expect, test } from 'vitest';
import {
  adaBrook,
  birch,
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
  samNew,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import { ids } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';

const enrol = (world: SmartAssessorWorld) => world.command('enrol', { ident: '10001' });
const createLearner = { method: 'POST', path: '/learners' };

test.each([
  ['cut after the work', { type: 'apply-then-drop' }, 1],
  ['cut before the work', { type: 'drop' }, 2],
  ['never answered, done all the same', { type: 'apply-then-hang', holdMs: 600_000 }, 1],
  ['answered with an error after the work', { type: 'apply-then-answer', status: 502, body: '<html>' }, 1],
])('G-5, SA-18: a create that is %s makes one learner', async (_title, action, sentCount) => {
  await using world = await openEnrolmentWorld([buildNewcomer()], { settings: { welcomeEmail: true } });
  await world.script({ match: createLearner, action });
  expect(await enrol(world)).toMatchObject({ status: 'done', code: null });
  const creates = (await world.takeWrites()).filter((line) => line.startsWith('POST learners {'));
  expect(creates).toHaveLength(sentCount);
  expect(await world.records('learners')).toHaveLength(1);
  expect(await world.control('GET', '/outbox')).toHaveLength(1);
});

test('SA-18: where MIS ids are not kept, a create without an answer is held and never sent again', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    settings: { capabilities: { storesMisId: 'off' } },
    switches: { 'mis-id': 'dropped' },
  });
  await world.script({ match: createLearner, action: { type: 'apply-then-drop' } });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 UNKNOWN_OUTCOME']);
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Changed' }));
  await world.settle('10001', 'refresh');
  expect(await world.records('learners')).toHaveLength(1);
});

test('SA-18: several learners with our MIS id are left to a person, and nothing is created', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  const same = { misId: '10001', givenNames: 'Imogen', familyName: 'Tarrant' };
  await world.load({
    learners: [
      { ...same, id: ids.imogen },
      { ...same, id: ids.ada.replace('5a', '5b') },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 UNKNOWN_OUTCOME']);
  expect(world.messages()[0]).toContain('2 matches');
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-18, D-13: a learner there with our MIS id is taken for ours, unless it is plainly another person', async () => {
  for (const dateOfBirth of ['2006-07-14', '1990-01-01']) {
    await using world = await openEnrolmentWorld([buildNewcomer()]);
    const givenNames = dateOfBirth === '1990-01-01' ? 'Bo' : 'Imogen';
    await world.load({
      learners: [{ id: ids.imogen, misId: '10001', givenNames, familyName: 'Tarrant', dateOfBirth }],
    });
    await enrol(world);
    const isSame = dateOfBirth === '2006-07-14';
    expect(world.held()).toEqual(isSame ? [] : ['learner:10001 ID_OTHER_PERSON']);
    expect(await world.records('learners')).toHaveLength(1);
    expect(await world.records('learnerCourses')).toHaveLength(isSame ? 1 : 0);
  }
});

test('G-7: an employer of whom nothing is known holds the enrolment, which goes on as soon as a person has settled it', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ placements: [buildPlacement()] })]);
  const same = { misId: 'BIR001', name: 'Birch & Sons' };
  await world.load({
    employers: [
      { ...same, id: 1002 },
      { ...same, id: 1003 },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held().toSorted()).toEqual([
    'enrolment:10001 OWNER_HELD',
    'organisation:BIR001 UNKNOWN_OUTCOME',
  ]);
  await world.control('POST', '/act/employers/1003/delete');
  await world.command('retry', { payload: { code: 'UNKNOWN_OUTCOME' } });
  await world.passMs(700_000);
  await world.settle('10001');
  expect(world.held()).toEqual([]);
  expect(await world.records('learners')).toMatchObject([{ employerId: 1002 }]);
});

test('Q9: a learner that waits to be matched by a person is held, looked for in each exchange, and never sent twice', async () => {
  const uln = '1000000019';
  await using world = await openEnrolmentWorld([buildNewcomer({ uln })], {
    switches: { 'near-match': 'queue' },
  });
  await world.load({
    learners: [
      {
        id: ids.imogen,
        misId: null,
        uln,
        givenNames: 'Imogen',
        familyName: 'Tarrant',
        dateOfBirth: '2006-07-14',
      },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 QUEUED_FOR_MATCHING']);
  expect(world.messages()[0]).toContain('the new learner (10001)');
  await world.takeWrites();
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Changed' }));
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toEqual(['learner:10001 QUEUED_FOR_MATCHING']);
  const [waiting] = (await world.control('GET', '/match-queue')) as unknown as { n: number }[];
  await world.control('POST', `/act/match-queue/${waiting?.n}`, { decision: 'merge', intoId: ids.imogen });
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Tarrant' }));
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual([]);
  expect(await world.records('learners')).toHaveLength(1);
  expect(await world.records('learnerCourses')).toMatchObject([{ learnerId: ids.imogen }]);
});

test('Q9: an employer that waits to be matched by a person holds the enrolment until it is there', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ placements: [buildPlacement()] })], {
    switches: { 'near-match': 'queue' },
  });
  await world.load({
    employers: [
      {
        id: 1002,
        misId: null,
        name: 'Birch & Sons',
        edrsNumber: birch.edrs,
        address: { postCode: 'EX99 1AA' },
      },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held().toSorted()).toEqual([
    'enrolment:10001 QUEUED_FOR_MATCHING',
    'organisation:BIR001 QUEUED_FOR_MATCHING',
  ]);
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  const [waiting] = (await world.control('GET', '/match-queue')) as unknown as { n: number }[];
  await world.control('POST', `/act/match-queue/${waiting?.n}`, { decision: 'merge', intoId: '1002' });
  await world.passMs(700_000);
  await world.settle('10001', 'refresh');
  expect(world.held()).toEqual([]);
  expect(await world.records('learners')).toMatchObject([{ employerId: 1002 }]);
});

test('D-22: a login that is in use names who has it', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: samNew.code })], {
    officers: [{ ...samNew, email: 'a@x.example.org' }],
    settings: { unlinkedOfficer: 'create' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held().toSorted()).toEqual(['enrolment:10001 VALUE_IN_USE', 'officer:SNE001 VALUE_IN_USE']);
  const message = world.messages().find((one) => one.includes('Sam New'));
  expect(message).toContain(`assessor Ada Brook (id ${ids.ada})`);
  expect(await world.records('assessors')).toHaveLength(2);
});

test('D-22: a MIS id that is in use where nothing shows it is said to be out of sight', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.script({
    match: createLearner,
    action: {
      type: 'answer',
      status: 409,
      body: '{"message":"The request was refused.","modelState":{"misId":["The id is taken."]}}',
    },
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 VALUE_IN_USE_ELSEWHERE']);
});

test('SA-12: what Smart Assessor refuses is held with the field and its words, and sent again when PICS has changed', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ birthDate: null })]);
  await enrol(world);
  expect(world.held()).toEqual(['learner:10001 VENDOR_REFUSED']);
  expect(world.messages()[0]).toContain('the new learner: date of birth');
  world.pics.edit('10001', (learner) => ({ ...learner, birthDate: '2006-07-14' }));
  await world.settle('10001');
  expect(world.held()).toEqual([]);
  expect(await world.records('learners')).toHaveLength(1);
});

test('SA-14: a course that was accepted and is not shown waits for a person, who may have it sent once more', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.script({
    match: { method: 'POST', path: '/learners/{id}/courses' },
    action: { type: 'answer', status: 201, body: '{}' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['course:603/1122/3/1 COURSE_NOT_SHOWN']);
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  await world.command('retry', { payload: { code: 'COURSE_NOT_SHOWN' } });
  await world.settle('10001');
  expect(world.held()).toEqual([]);
  expect(await world.records('learnerCourses')).toHaveLength(1);
});

test('SA-14: a learner who is on the course already is where the enrolment wants it', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.script({
    match: { method: 'POST', path: '/learners/{id}/courses' },
    action: { type: 'apply-then-answer', status: 409, body: '{"message":"Already enrolled."}' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await world.records('learnerCourses')).toHaveLength(1);
  expect(world.held()).toEqual([]);
});

test('G-3, SA-17: learners who share an employer and an officer make one of each', async () => {
  const idents = ['10001', '10002', '10003', '10004'];
  const learners = idents.map((ident) =>
    buildNewcomer({
      ident,
      firstName: `Imogen${ident}`,
      mainOfficer: samNew.code,
      placements: [buildPlacement()],
      birthDate: `2005-01-${ident.slice(3)}`,
    }),
  );
  await using world = await openEnrolmentWorld(learners, { settings: { unlinkedOfficer: 'create' } });
  await Promise.all(idents.map((ident) => world.command('enrol', { ident })));
  expect((await world.records('employers')).filter(({ misId }) => misId === 'BIR001')).toHaveLength(1);
  expect((await world.records('assessors')).filter(({ misId }) => misId === 'SNE001')).toHaveLength(1);
  expect(await world.records('learnerCourses')).toHaveLength(4);
});

test('SA-15: no assessor is set where Smart Assessor has another one, and that is noted', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: adaBrook.code })]);
  await world.command('link-officer', { officer: adaBrook.code, payload: { vendorId: ids.ada } });
  await world.load({
    learners: [
      {
        id: ids.imogen,
        misId: '10001',
        givenNames: 'Imogen',
        familyName: 'Tarrant',
        dateOfBirth: '2006-07-14',
      },
    ],
    learnerCourses: [
      { learnerId: ids.imogen, courseId: ids.teamLeader, status: 'InTraining', assessorId: ids.ben },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await world.records('learnerCourses')).toMatchObject([{ assessorId: ids.ben }]);
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-15: an assessor is set on a course that is there without one', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: adaBrook.code })]);
  await world.command('link-officer', { officer: adaBrook.code, payload: { vendorId: ids.ada } });
  await world.load({
    learners: [
      {
        id: ids.imogen,
        misId: '10001',
        givenNames: 'Imogen',
        familyName: 'Tarrant',
        dateOfBirth: '2006-07-14',
      },
    ],
    learnerCourses: [
      { learnerId: ids.imogen, courseId: ids.teamLeader, status: 'InTraining', assessorId: null },
    ],
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await world.records('learnerCourses')).toMatchObject([{ assessorId: ids.ada }]);
});

test('no password, key or personal data of an enrolment is in the log', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ niNumber: 'QQ123456C' })], {
    switches: {},
  });
  await world.script({ match: createLearner, action: { type: 'apply-then-drop' } });
  await enrol(world);
  await world.settle('10001', 'refresh');
  const log = world.logLines.join('\n');
  for (const secret of ['local-password', 'local-key', 'Tarrant', 'imogen@x', '2006-07-14', 'QQ123456C'])
    expect(log).not.toContain(secret);
});
