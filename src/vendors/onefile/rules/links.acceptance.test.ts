import { expect, test } from 'vitest';
import { buildLearner, buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import {
  adaBrook,
  alder,
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';

const ownerOf = (world: OneFileWorld, lane: string) => world.pics.owners.get(lane);
const linkOfficer = (world: OneFileWorld, vendorId: string | null, officer = 'ABR001') =>
  world.command('link-officer', { officer, payload: { vendorId } });
const linkOrganisation = (world: OneFileWorld, vendorId: string | null, organisation = 'ALD001') =>
  world.command('link-organisation', { organisation, payload: { vendorId } });

test('OF-30, OF-33, D-2: officer and organisation are linked by command: their columns show it, and enrolling a learner needs no call for them', async () => {
  const enrolled = buildLinked({ mainOfficer: 'ABR001', placements: [buildPlacement()] });
  await using world = await openEnrolmentWorld([enrolled]);
  await world.settle('10001', 'refresh');
  await world.takeCalls();
  expect(await linkOfficer(world, '400002')).toMatchObject({
    status: 'done',
    result: { vendorId: '400002' },
  });
  expect(await linkOrganisation(world, '30001')).toMatchObject({ status: 'done' });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: '400002' });
  expect(ownerOf(world, 'organisation:ALD001')).toMatchObject({ externalId: '30001' });
  const calls = await world.takeCalls();
  expect(calls.filter((line) => !/^GET (User\/400002|Placement\/30001)$/.test(line))).toEqual([]);
  await world.settle('10001');
  expect(await world.takeCalls()).toEqual([]);
});

test('OF-30b, D-2, A-12: where the column belongs to the other vendor only the link table knows', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    settings: { externalIdVendor: 'smartassessor' },
    officers: [{ ...adaBrook, externalId: 'sa-7' }],
  });
  expect(await linkOfficer(world, '400003')).toMatchObject({ status: 'done' });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: 'sa-7' });
  await world.command('enrol', { ident: '10001' });
  const [learner] = (await world.records('users')).filter(({ Role }) => Role === 1);
  expect(learner).toMatchObject({ DefaultAssessorID: 400003 });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: 'sa-7' });
});

test('OF-30, OF-33: a link that cannot be made is refused with a sentence', async () => {
  await using world = await openEnrolmentWorld([]);
  expect(await linkOfficer(world, '400002', 'GONE')).toMatchObject({
    ...{ status: 'refused', code: 'NO_OFFICER', message: 'There is no officer GONE in PICS.' },
  });
  expect(await linkOrganisation(world, '30001', 'GONE')).toMatchObject({
    ...{ code: 'NO_ORGANISATION', message: 'There is no organisation GONE in PICS.' },
  });
  expect(await linkOfficer(world, '499999')).toMatchObject({
    ...{ code: 'ID_NOT_FOUND', message: 'OneFile has no officer with the id 499999.' },
  });
  await linkOrganisation(world, '30001');
  expect(await linkOrganisation(world, '30001', 'BIR001')).toMatchObject({
    code: 'ID_IN_USE',
    message: 'OneFile id 30001 is already linked to organisation ALD001. Remove that link first.',
  });
});

test('OF-30, D-2: a blank id removes a link, and another id replaces it', async () => {
  await using world = await openEnrolmentWorld([]);
  await linkOfficer(world, '400002');
  expect(await linkOfficer(world, '400003')).toMatchObject({
    status: 'done',
    result: { previousId: '400002' },
  });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: '400003' });
  expect(await linkOfficer(world, null)).toMatchObject({ status: 'done', result: { vendorId: null } });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: null });
  expect(world.ledger.links).toEqual([]);
});

test('OF-30, OF-33: a look-up shows assessors of both roles, and placements, each with the record it is linked to', async () => {
  await using world = await openEnrolmentWorld([]);
  await linkOfficer(world, '400002');
  const officers = await world.command('look-up', { payload: { records: 'officers' } });
  expect(officers.result).toMatchObject({
    found: [
      { id: '400002', name: 'Ada Brook', linkedTo: { code: 'ABR001' } },
      { id: '400003', name: 'Ben Cole', linkedTo: null },
    ],
  });
  const places = await world.command('look-up', { payload: { records: 'organisations' } });
  expect(places.result).toMatchObject({ found: [{ id: '30001', name: alder.name, linkedTo: null }] });
});

test('D-2, OF-31: an id that a user types for an officer is checked and used at the next upload, and an invalid one is held', async () => {
  const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'ABR001' });
  const learner = buildLinked({ reviews: [review] });
  await using world = await openOneFileWorld({
    learners: [learner],
    officers: [{ ...adaBrook, externalId: '400002' }],
  });
  await world.settle('10001');
  world.pics.putOfficer({ ...adaBrook, externalId: '400003' });
  world.pics.edit('10001', (one) => ({ ...one, reviews: [...one.reviews, { ...review, id: 'r2' }] }));
  await world.look('officer:ABR001');
  await world.settle('10001');
  const assessors = (await world.records('reviews')).map(({ AssessorID }) => AssessorID);
  expect(assessors).toEqual([400002, 400003]);
  world.pics.putOfficer({ ...adaBrook, externalId: '499999' });
  await world.look('officer:ABR001');
  expect(world.held()).toEqual(['officer:ABR001 ID_NOT_FOUND']);
  expect(world.messages().join()).toBe('OneFile has no officer with the id 499999.');
});

test('OF-24: an id typed for a learner is checked, linked, and the learner synchronised at once', async () => {
  const learner = buildLearner({
    ...{ ident: '10001', firstName: 'Imogen', surname: 'Tarrant', oneFileId: '400061' },
    qualifications: [buildQualification({ reference: '603/1122/3', registrationNumber: 'RG-2' })],
  });
  await using world = await openOneFileWorld({ learners: [learner] });
  await world.settle('10001');
  expect(world.ledger.links).toMatchObject([{ kind: 'learner', vendorId: '400061', how: 'typed' }, {}]);
  const aims = await world.records('aims');
  expect(aims.find(({ ID }) => ID === 600045)).toMatchObject({ RegistrationNumber: 'RG-2' });
  expect(world.learner('10001').qualifications[0]).toMatchObject({ elementsDone: 41 });
});

test.each(['499999', '400062', '400002', 'x1'])(
  'OF-24, G-2: an id that is no learner of the centre, %s, is held, and nothing of it is used',
  async (id) => {
    await using world = await openOneFileWorld({ learners: [buildLinked({ oneFileId: id })] });
    await world.settle('10001', 'refresh');
    expect(world.held()).toEqual(['learner:10001 ID_NOT_FOUND']);
    expect(world.messages().join()).toBe(`OneFile has no learner with the id ${id}.`);
    expect(await world.takeWrites()).toEqual([]);
  },
);

test('OF-24, G-2: by command the same ids are refused; for a used id its owner is named; a right one is copied to PICS', async () => {
  const other = buildLearner({ ident: '10002', firstName: 'Otto', surname: 'Far' });
  await using world = await openOneFileWorld({ learners: [buildLearner({ ident: '10001' }), other] });
  const set = (ident: string, vendorId: string | null) =>
    world.command('set-learner-id', { ident, payload: { vendorId } });
  expect(await set('10001', '499999')).toMatchObject({ status: 'refused', code: 'ID_NOT_FOUND' });
  expect(await set('99999', '400061')).toMatchObject({ status: 'refused', code: 'NO_LEARNER' });
  expect(await set('10001', '400061')).toMatchObject({ status: 'done' });
  expect(world.learner('10001').oneFileId).toBe('400061');
  expect(await set('10002', '400061')).toMatchObject({
    ...{ status: 'refused', code: 'ID_IN_USE' },
    message: 'OneFile id 400061 is already linked to learner 10001. Remove that link first.',
  });
  expect(await set('10001', null)).toMatchObject({ status: 'done' });
  expect(world.learner('10001').oneFileId).toBeNull();
  expect(world.ledger.links).toEqual([]);
});

test('OF-24: a cleared id removes the link and deletes nothing at OneFile', async () => {
  await using world = await openOneFileWorld({ learners: [buildLinked()] });
  await world.settle('10001');
  world.passMs(120_000);
  world.pics.edit('10001', (learner) => ({ ...learner, oneFileId: null }));
  await world.takeWrites();
  await world.settle('10001');
  expect(world.ledger.links).toEqual([]);
  expect(await world.takeWrites()).toEqual([]);
  expect(world.learner('10001').oneFileId).toBeNull();
});

test('OF-41: a refresh of a learner that is not linked, or not there, is refused with a sentence', async () => {
  const learner = buildLearner({ ident: '10001', firstName: 'Imogen', surname: 'Tarrant' });
  await using world = await openOneFileWorld({ learners: [learner] });
  expect(await world.command('refresh', { ident: '10001' })).toMatchObject({
    code: 'NOT_LINKED',
    message: 'Imogen Tarrant (10001) is not linked to OneFile. Enrol the learner, or enter the OneFile id.',
  });
  expect(await world.command('refresh', { ident: '99999' })).toMatchObject({
    message: 'There is no learner 99999 in PICS.',
  });
});

test('G-2, OF-53: an uploaded id that a user changes is held with both, and is released when it is restored', async () => {
  const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'ABR001' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [review] })],
    officers: [{ ...adaBrook, externalId: '400002' }],
  });
  await world.settle('10001');
  const id = world.learner('10001').reviews[0]?.oneFileId ?? null;
  const type = (oneFileId: string | null) =>
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) => ({ ...one, oneFileId })),
    }));
  type('899999');
  world.passMs(120_000);
  await world.settle('10001');
  expect(world.messages()).toEqual([
    `The OneFile id of the review of Imogen Tarrant (10001) on 2026-02-01 was changed or cleared in PICS. Restore ${id}, or skip.`,
  ]);
  type(id);
  await world.settle('10001');
  expect(world.held()).toEqual([]);
});

test('OF-30, OF-51, A-40: a review that waits for an officer without an e-mail address is uploaded once the officer is linked', async () => {
  const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00', officer: 'NOM001' });
  await using world = await openOneFileWorld({
    learners: [buildLinked({ reviews: [review] })],
    officers: [{ code: 'NOM001', firstName: 'No', surname: 'Mail' }],
  });
  await world.settle('10001');
  expect(world.held()).toContain('review:r1 NO_ASSESSOR');
  expect(world.messages().join()).toContain('No assessor for Imogen Tarrant (10001)');
  expect(await world.takeWrites()).toEqual([]);
  expect(await linkOfficer(world, '400003', 'NOM001')).toMatchObject({
    status: 'done',
    result: { learners: 1 },
  });
  expect(await world.records('reviews')).toMatchObject([{ AssessorID: 400003 }]);
  expect(world.held()).toEqual([]);
});
