import { expect, test } from 'vitest';
import { buildQualification } from '../../../../test/support/learner.ts';
import {
  adaBrook,
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
  samNew,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import { ids } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import { toSent } from '../../../../test/support/world/call-line.ts';

const enrol = (world: SmartAssessorWorld, payload = {}) =>
  world.command('enrol', { ident: '10001', payload });
/** What was sent to create the learner. */
async function sentLearner(world: SmartAssessorWorld): Promise<unknown> {
  const line = (await world.takeWrites()).find((one) => one.startsWith('POST learners {'));
  return toSent([line ?? ''])[0]?.body;
}

test('SA-14: of four qualifications the two that are offered are enrolled, one not active is held alone, one later is not sent', async () => {
  const qualifications = ['603/1122/3', '196AS', '601/8888/7', '601/9999/9'].map((reference) =>
    buildQualification({ reference, startOn: '2026-01-05', expectedEndOn: '2027-07-31' }),
  );
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  const answer = await enrol(world);
  expect(answer).toMatchObject({ status: 'held', result: { skipped: ['601/9999/9'] } });
  expect((await world.records('learnerCourses')).map(({ courseId }) => courseId)).toEqual([
    ids.teamLeader,
    ids.joinery,
  ]);
  expect(world.held()).toEqual(['course:601/8888/7/1 COURSE_INACTIVE']);
  expect(world.messages()).toEqual([
    '601/8888/7 is not active at your Smart Assessor site. Ask for it to be activated, then retry.',
  ]);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: [...learner.qualifications, buildQualification({ reference: '500/9999/X' })],
  }));
  await world.takeWrites();
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);

  await world.control('POST', `/act/courses/${ids.welding}/activate`);
  await world.command('retry', { payload: { code: 'COURSE_INACTIVE' } });
  await world.settle('10001');
  expect((await world.records('learnerCourses')).map(({ courseId }) => courseId)).toContain(ids.welding);
  expect(world.held()).toEqual([]);
});

test('SA-14, Q7: a course that was activated is tried after the list of courses was read again', async () => {
  const qualifications = [buildQualification({ reference: '601/8888/7', startOn: '2026-01-05' })];
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  await enrol(world);
  expect(world.held()).toEqual(['course:601/8888/7/1 COURSE_INACTIVE']);
  await world.control('POST', `/act/courses/${ids.welding}/activate`);
  await world.command('refresh-qualification-links', {});
  await world.settle('10001');
  expect(await world.records('learnerCourses')).toHaveLength(1);
  expect(world.held()).toEqual([]);
});

test('SA-14, A-45: a reference with several courses needs a choice, by the reference or the key; another id is refused', async () => {
  const qualifications = [buildQualification({ reference: '500/9999/X', startOn: '2026-01-05' })];
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  expect(await enrol(world)).toMatchObject({ status: 'refused', code: 'CHOOSE' });
  expect(await enrol(world, { pathways: { '500/9999/X': ids.teamLeader } })).toMatchObject({
    code: 'CHOOSE',
  });
  expect(await world.takeWrites()).toEqual([]);
  await enrol(world, { pathways: { '5009999X': ids.craftsEvenings } });
  expect((await world.records('learnerCourses')).map(({ courseId }) => courseId)).toEqual([
    ids.craftsEvenings,
  ]);
});

test('SA-14: a course of the settings comes before the codes, and the planned end goes along only where wanted', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    settings: { courseOverrides: { '603/1122/3': ids.crafts }, enrolEndDate: 'omit' },
  });
  await enrol(world);
  const line = (await world.takeWrites()).find((one) => one.includes('/courses '));
  expect(toSent([line ?? ''])[0]?.body).toEqual({
    courseId: ids.crafts,
    qanCode: '5009999X',
    startDate: '2026-01-05',
    status: 'AwaitingInduction',
  });
});

test('SA-14: a qualification without a start date is held, and sent when PICS has one', async () => {
  const [qualification] = buildNewcomer().qualifications;
  const without = { ...qualification, startOn: null } as never;
  await using world = await openEnrolmentWorld([buildNewcomer({ startOn: null, qualifications: [without] })]);
  await enrol(world);
  expect(world.held()).toEqual(['course:603/1122/3/1 NO_START_DATE']);
  world.pics.edit('10001', (learner) => ({ ...learner, startOn: '2026-02-01' }));
  await world.settle('10001');
  expect(await world.records('learnerCourses')).toMatchObject([{ startDate: '2026-02-01' }]);
  expect(world.held()).toEqual([]);
});

test('SA-15, SA-23: an officer without an id is not sent and not matched by name or e-mail address, and the enrolment goes on', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: adaBrook.code })]);
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await world.records('learnerCourses')).toMatchObject([{ assessorId: null }]);
  expect(await world.records('assessors')).toHaveLength(2);
});

test('SA-15, SA-20: an officer with an id is the assessor of the course; linked later it counts from the next enrolment', async () => {
  await using world = await openEnrolmentWorld([
    buildNewcomer({ mainOfficer: adaBrook.code }),
    buildNewcomer({ ident: '10002', firstName: 'Bo', birthDate: '2005-01-01', mainOfficer: adaBrook.code }),
  ]);
  await enrol(world);
  await world.takeWrites();
  const linked = await world.command('link-officer', {
    officer: adaBrook.code,
    payload: { vendorId: ids.ada },
  });
  expect(linked).toMatchObject({ status: 'done' });
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  await world.command('enrol', { ident: '10002' });
  expect((await world.records('learnerCourses')).map(({ assessorId }) => assessorId)).toEqual([
    null,
    ids.ada,
  ]);
});

test('SA-15b: with unlinkedOfficer create the assessor is created once, linked, and used by the next enrolment', async () => {
  await using world = await openEnrolmentWorld(
    [
      buildNewcomer({ mainOfficer: samNew.code }),
      buildNewcomer({ ident: '10002', firstName: 'Bo', birthDate: '2005-01-01', mainOfficer: samNew.code }),
    ],
    { settings: { unlinkedOfficer: 'create' } },
  );
  const answer = await enrol(world);
  expect(answer).toMatchObject({
    status: 'done',
    result: { created: [{ kind: 'officer', code: 'SNE001' }] },
  });
  await world.command('enrol', { ident: '10002' });
  const made = (await world.records('assessors')).filter(({ misId }) => misId === 'SNE001');
  expect(made).toMatchObject([{ firstName: 'Sam', lastName: 'New', userName: 's@x.example.org' }]);
  const assessors = (await world.records('learnerCourses')).map(({ assessorId }) => assessorId);
  expect(assessors).toEqual([made[0]?.['id'], made[0]?.['id']]);
  await world.settle('officer:SNE001');
  expect(world.pics.owners.get('officer:SNE001')?.externalId).toBe(made[0]?.['id']);
});

test.each([
  ['without an e-mail address', { email: null }, 'NO_EMAIL'],
  ['who has left', { isDormant: true }, 'OFFICER_NOT_LINKED'],
])('SA-15, D-14: an officer %s gets no account, and the enrolment waits', async (_title, known, code) => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: samNew.code })], {
    officers: [{ ...samNew, ...known }],
    settings: { unlinkedOfficer: 'create' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'held' });
  expect(world.held().toSorted()).toEqual([`enrolment:10001 ${code}`, `officer:SNE001 ${code}`]);
  expect(await world.takeWrites()).toEqual([]);
  world.pics.putOfficer(samNew);
  await world.look('officer:SNE001');
  await world.settle('10001');
  expect(await world.records('learnerCourses')).toHaveLength(1);
});

test('SA-7, SA-16, A-21: the second assessor is sent where a relationship is named; of several the lowest code, with a warning', async () => {
  const relatedOfficers = [
    { relation: 'ASR2', code: samNew.code },
    { relation: 'ASR2', code: adaBrook.code },
  ];
  for (const secondAssessorRole of ['ASR2', '']) {
    await using world = await openEnrolmentWorld([buildNewcomer({ relatedOfficers })], {
      settings: { secondAssessorRole },
    });
    await world.command('link-officer', { officer: adaBrook.code, payload: { vendorId: ids.ada } });
    const answer = await enrol(world);
    const isNamed = secondAssessorRole !== '';
    expect(answer).toMatchObject({
      status: 'done',
      result: { warnings: isNamed ? [{ code: 'SEVERAL_SECOND_ASSESSORS' }] : [] },
    });
    expect(await world.records('learnerCourses')).toMatchObject([
      { assessorId: null, secondAssessorId: isNamed ? ids.ada : null },
    ]);
  }
});

test('SA-16: where the site has no second assessor, that is said and the enrolment goes on', async () => {
  const relatedOfficers = [{ relation: 'ASR2', code: adaBrook.code }];
  await using world = await openEnrolmentWorld([buildNewcomer({ relatedOfficers })], {
    settings: { secondAssessorRole: 'ASR2', capabilities: { secondAssessor: 'off' } },
    switches: { 'second-assessor': 'off' },
  });
  await world.command('link-officer', { officer: adaBrook.code, payload: { vendorId: ids.ada } });
  expect(await enrol(world)).toMatchObject({
    status: 'done',
    result: { warnings: [{ code: 'NOT_SUPPORTED', message: expect.stringContaining('a second assessor') }] },
  });
  expect(await world.records('learnerCourses')).toMatchObject([{ courseId: ids.teamLeader }]);
});

test('SA-17: an employer without a link is created with its seven kinds of field, linked, and left out where the setting says so', async () => {
  for (const unlinkedEmployer of ['create', 'omit']) {
    await using world = await openEnrolmentWorld([buildNewcomer({ placements: [buildPlacement()] })], {
      settings: { unlinkedEmployer },
    });
    await enrol(world);
    const writes = await world.takeWrites();
    const line = writes.find((one) => one.startsWith('POST employers'));
    const employers = (await world.records('employers')).filter(({ misId }) => misId === 'BIR001');
    if (unlinkedEmployer === 'create') {
      expect(toSent([line ?? ''])[0]?.body).toEqual({
        misId: 'BIR001',
        name: 'Birch & Sons',
        telephone: '01632 960101',
        edrsNumber: '100000002',
        address: { line1: '1 Mill Lane', town: 'Exampleton', postCode: 'EX99 1AA' },
        website: 'birch.example.org',
        employerSize: '50-249',
      });
      expect(await world.records('learners')).toMatchObject([{ employerId: employers[0]?.['id'] }]);
      await world.settle('organisation:BIR001');
      expect(world.pics.owners.get('organisation:BIR001')?.externalId).toBe(String(employers[0]?.['id']));
    } else {
      expect(line).toBeUndefined();
      expect(await world.records('learners')).toMatchObject([{ employerId: null }]);
    }
  }
});

test.each([
  ['ended', [buildPlacement({ endOn: '2026-01-10' })], 'all'],
  ['not begun', [buildPlacement({ startOn: '2027-01-01' })], 'all'],
  ['of a type that does not count', [buildPlacement()], ['P']],
  ['none', [], 'all'],
])(
  'SA-17, A-33: no employer is sent where the placement is %s',
  async (_title, placements, placementTypes) => {
    await using world = await openEnrolmentWorld([buildNewcomer({ placements })], {
      settings: { placementTypes },
    });
    await enrol(world);
    expect(await world.records('learners')).toMatchObject([{ employerId: null }]);
    expect(await world.records('employers')).toHaveLength(1);
  },
);

test('SA-17, SA-24: a linked employer is sent by its number', async () => {
  await using world = await openEnrolmentWorld([
    buildNewcomer({ placements: [buildPlacement({ organisation: 'ALD001' })] }),
  ]);
  await world.command('link-organisation', { organisation: 'ALD001', payload: { vendorId: ids.alder } });
  await enrol(world);
  expect(await sentLearner(world)).toMatchObject({ employerId: 1001 });
});
