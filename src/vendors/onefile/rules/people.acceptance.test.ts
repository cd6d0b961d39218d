import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  adaBrook,
  birch,
  buildNewcomer,
  buildPlacement,
  enrolmentCentre,
  openEnrolmentWorld,
  samNew,
} from '../../../../test/support/onefile-world/enrolment.ts';
import type { OneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import { toSent } from '../../../../test/support/world/call-line.ts';
import type { Placement } from '../../../domain/learner.ts';

const enrol = (world: OneFileWorld, ident = '10001') => world.command('enrol', { ident });
const usersOf = async (world: OneFileWorld, role: number) =>
  (await world.records('users')).filter(({ Role }) => Role === role);
const createdAssessors = async (world: OneFileWorld) =>
  toSent(await world.takeWrites()).filter(({ call, body }) => call === 'POST User' && body['Role'] !== 1);
const withUsers = (...users: readonly object[]) =>
  ({ ...enrolmentCentre, users: [...enrolmentCentre.users, ...users] }) as never;
const sameName = {
  ID: 400071,
  OrganisationID: 301,
  Role: 5,
  FirstName: 'Sam',
  LastName: 'New',
  Email: 'q@x.example.org',
};

test('OF-20a, A-40: an officer named in three parts becomes one assessor, with its name, the address OneFile demands and our key', async () => {
  const newcomer = buildNewcomer({
    mainOfficer: 'SNE001',
    qualifications: [buildQualification({ reference: '603/1122/3', officer: 'SNE001' })],
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'SNE001' })],
  });
  const officer = { ...samNew, phone: '0113 1', mobile: '07700 1' };
  await using world = await openEnrolmentWorld([newcomer], { officers: [officer] });
  const answer = await enrol(world);
  expect(answer).toMatchObject({
    status: 'done',
    result: { created: [{ kind: 'officer', code: 'SNE001' }] },
  });
  const created = await createdAssessors(world);
  expect(created).toHaveLength(1);
  expect(created[0]?.body).toEqual({
    ...{ OrganisationID: 301, Role: 5, FirstName: 'Sam', LastName: 'New', Email: 's@x.example.org' },
    MISID: 'SNE001',
  });
  expect(world.learner('10001').officers).toMatchObject([{ code: 'SNE001', externalId: '400004' }]);
});

test.each([
  ['blank', null],
  ['without an officer record', 'GONE01'],
  ['of an officer without an e-mail address', 'NOM001'],
])(
  'OF-20b, A-37, A-40: with a main officer that is %s the fallback is used; without a fallback the command is refused',
  async (_title, mainOfficer) => {
    const officers = [{ code: 'NOM001', firstName: 'No', surname: 'Mail' }];
    const newcomer = buildNewcomer({ mainOfficer });
    await using refused = await openEnrolmentWorld([newcomer], { officers });
    const answer = await enrol(refused);
    expect(answer).toMatchObject({ status: 'refused', code: 'NO_ASSESSOR' });
    expect(answer.message).toContain('No assessor for Imogen Tarrant (10001)');
    expect(await refused.takeWrites()).toEqual([]);
    const settings = { fallbackAssessorId: '400003' };
    await using world = await openEnrolmentWorld([newcomer], { officers, settings });
    expect(await enrol(world)).toMatchObject({ status: 'done' });
    expect(await usersOf(world, 1)).toMatchObject([{ DefaultAssessorID: 400003 }]);
    expect(await createdAssessors(world)).toEqual([]);
  },
);

test('OF-21, G-3: two learners with the same new officer, enrolled at once, get one assessor; the next one uses it too', async () => {
  const learners = ['10001', '10002', '10003'].map((ident) =>
    buildNewcomer({
      ident,
      firstName: `Imogen${ident}`,
      email: `${ident}@x.example.org`,
      mainOfficer: 'SNE001',
    }),
  );
  await using world = await openEnrolmentWorld(learners);
  const answers = await Promise.all([enrol(world, '10001'), enrol(world, '10002')]);
  expect(answers.map(({ status }) => status)).toEqual(['done', 'done']);
  await enrol(world, '10003');
  expect(await createdAssessors(world)).toHaveLength(1);
  const created = (await usersOf(world, 5)).find(({ MISID }) => MISID === 'SNE001');
  const assessors = (await usersOf(world, 1)).map(({ DefaultAssessorID }) => DefaultAssessorID);
  expect(assessors).toEqual([created?.['ID'], created?.['ID'], created?.['ID']]);
});

const [A, B, C] = ['ALD001', 'BIR001', 'CED001'];
test.each<[string, readonly Placement[], string]>([
  [
    'OF-22a: the ended one of type P',
    [
      buildPlacement({ organisation: B, endOn: '2026-01-10' }),
      buildPlacement({ organisation: A, seq: 2, type: 'W', startOn: '2026-02-01' }),
    ],
    B,
  ],
  [
    'OF-22b: of two of type P on one day the higher sequence',
    [buildPlacement({ organisation: A }), buildPlacement({ organisation: B, seq: 2 })],
    B,
  ],
  [
    'OF-22c: without one of type P the most recent of any',
    [
      buildPlacement({ organisation: A, type: 'W' }),
      buildPlacement({ organisation: B, seq: 2, type: 'W', startOn: '2026-01-09' }),
    ],
    B,
  ],
])('%s is the placement, created with its name and our key alone', async (_title, placements, code) => {
  const place = {
    ...birch,
    postcode: 'AB1 2CD',
    phone: '0113 1',
    email: 'b@x.example.org',
    address: ['1 Road'],
  };
  await using world = await openEnrolmentWorld([buildNewcomer({ placements })], {
    organisations: [place, { code: A, name: 'Alder' }],
  });
  expect(await enrol(world)).toMatchObject({
    status: 'done',
    result: { created: [{ kind: 'organisation', code }] },
  });
  const [created] = toSent(await world.takeWrites()).filter(({ call }) => call === 'POST Placement');
  expect(created?.body).toEqual({ OrganisationID: 301, Name: "Birch & Sons' Café", MISID: 'BIR001' });
  const placement = (await world.records('placements')).find(({ MISID }) => MISID === code);
  expect(await usersOf(world, 1)).toMatchObject([{ PlacementID: placement?.['ID'] }]);
  expect(world.learner('10001').placements.find(({ organisation }) => organisation === code)).toMatchObject({
    organisationExternalId: String(placement?.['ID']),
  });
});

test.each<[string, readonly Placement[]]>([
  ['no placement', []],
  ['an organisation that PICS has no record of', [buildPlacement({ organisation: C })]],
])(
  'OF-22d, A-37: with %s the fallback is used; without a fallback the command is refused',
  async (_title, placements) => {
    const newcomer = buildNewcomer({ placements });
    await using refused = await openEnrolmentWorld([newcomer]);
    const answer = await enrol(refused);
    expect(answer).toMatchObject({ status: 'refused', code: 'NO_PLACEMENT' });
    expect(answer.message).toContain('OneFile needs a placement for Imogen Tarrant (10001)');
    expect(await refused.takeWrites()).toEqual([]);
    await using world = await openEnrolmentWorld([newcomer], { settings: { fallbackPlacementId: '30001' } });
    expect(await enrol(world)).toMatchObject({ status: 'done' });
    expect(await usersOf(world, 1)).toMatchObject([{ PlacementID: 30_001 }]);
  },
);

test('OF-32: an officer is matched by its code as MIS value, never by name; only without a match one is created', async () => {
  const newcomer = buildNewcomer({ mainOfficer: 'SNE001' });
  const keyed = { ...sameName, ID: 400072, FirstName: 'Samuel', MISID: 'SNE001', Email: 'r@x.example.org' };
  await using matched = await openEnrolmentWorld([newcomer], { records: withUsers(sameName, keyed) });
  expect(await enrol(matched)).toMatchObject({ status: 'done', result: { created: [] } });
  expect(await usersOf(matched, 1)).toMatchObject([{ DefaultAssessorID: 400072 }]);
  await using created = await openEnrolmentWorld([newcomer], { records: withUsers(sameName) });
  expect(await enrol(created)).toMatchObject({ status: 'done' });
  expect(await createdAssessors(created)).toHaveLength(1);
  expect(await usersOf(created, 1)).not.toMatchObject([{ DefaultAssessorID: 400071 }]);
});

test('OF-35: with matching by MIS value the id in PICS is ignored', async () => {
  const officers = [{ ...adaBrook, externalId: '400003' }];
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    officers,
    settings: { matchBy: 'misValue' },
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await usersOf(world, 1)).toMatchObject([{ DefaultAssessorID: 400002 }]);
});

test('OF-36: two assessors with one MIS value, one of them archived, refuse the command with both names', async () => {
  const twins = [
    { ...sameName, ID: 400073, MISID: 'SNE001', Archived: true, FirstName: 'Sammy' },
    { ...sameName, ID: 400074, Role: 4, MISID: 'SNE001', Email: 'z@x.example.org' },
  ];
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'SNE001' })], {
    records: withUsers(...twins),
  });
  const answer = await enrol(world);
  expect(answer).toMatchObject({ status: 'refused', code: 'MIS_NOT_UNIQUE' });
  expect(answer.message).toContain('Sammy New');
  expect(answer.message).toContain('Sam New');
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-31: a linked assessor that is gone at OneFile refuses the command, and no second one is created', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'SNE001' })], {
    officers: [{ ...samNew, externalId: '400071' }],
    records: withUsers(sameName),
  });
  expect(
    await world.command('link-officer', { officer: 'SNE001', payload: { vendorId: '400071' } }),
  ).toMatchObject({ status: 'done' });
  const gone = { type: 'answer', status: 404 };
  await world.script({ match: { method: 'GET', path: 'User/400071' }, times: null, action: gone });
  await world.load({ users: [{ ID: 400071, OrganisationID: 302 }] } as never);
  // The list of assessors is kept for 10 minutes; a look after that has it read again.
  await world.passMs(600_001);
  await world.look('10001');
  const answer = await enrol(world);
  expect(answer.code).toBe('LINK_GONE');
  expect(answer.message).toContain('400071 linked to officer SNE001 no longer exists');
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-20: additional assessors come from the relationships that the setting names', async () => {
  const newcomer = buildNewcomer({
    relatedOfficers: [
      { relation: 'IQA', code: 'SNE001' },
      { relation: 'OTHER', code: 'XXX001' },
    ],
  });
  const officers = [
    adaBrook,
    samNew,
    { code: 'XXX001', firstName: 'X', surname: 'Y', email: 'y@x.example.org' },
  ];
  await using world = await openEnrolmentWorld([newcomer], {
    officers,
    settings: { additionalAssessors: ['IQA'] },
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  const writes = await world.takeWrites();
  const sam = (await usersOf(world, 5)).find(({ MISID }) => MISID === 'SNE001');
  const learner = (await usersOf(world, 1))[0];
  expect(
    writes.filter((line) => line.includes('/Assign') && line.includes(String(sam?.['ID']))),
  ).toHaveLength(1);
  expect(writes.filter((line) => line.includes('XXX001'))).toEqual([]);
  expect(learner).toMatchObject({ DefaultAssessorID: 400002 });
});
