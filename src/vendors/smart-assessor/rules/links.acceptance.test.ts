import { expect, test } from 'vitest';
import { buildReview } from '../../../../test/support/learner.ts';
import {
  adaBrook,
  alder,
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import { ids, smallSite } from '../../../../test/support/smart-assessor-world/site.ts';
import type { SmartAssessorWorld } from '../../../../test/support/smart-assessor-world/world.ts';
import type { Json } from '../../../domain/json.ts';

const records = smallSite as unknown as Json;
const ownerOf = (world: SmartAssessorWorld, lane: string) => world.pics.owners.get(lane);
const linkOfficer = (world: SmartAssessorWorld, vendorId: string | null, officer = 'ABR001') =>
  world.command('link-officer', { officer, payload: { vendorId } });
const linkOrganisation = (world: SmartAssessorWorld, vendorId: string | null, organisation = 'ALD001') =>
  world.command('link-organisation', { organisation, payload: { vendorId } });
const linkedTo = (world: SmartAssessorWorld, kind: string) =>
  world.ledger.links
    .filter((link) => link.kind === kind)
    .map(({ picsId, vendorId }) => `${picsId} ${vendorId}`);

test('SA-20, SA-24: a look-up lists all assessors and employers; one is attached by its id, and nothing is sent', async () => {
  await using world = await openEnrolmentWorld([]);
  const officers = await world.command('look-up', { payload: { records: 'officers' } });
  expect(officers.result).toMatchObject({
    found: [
      { id: ids.ada, name: 'Ada Brook' },
      { id: ids.ben, name: 'Ben Cole' },
    ],
  });
  const some = await world.command('look-up', { payload: { records: 'organisations', text: 'alder' } });
  expect(some.result).toMatchObject({ found: [{ id: ids.alder, name: 'Alder Joinery Ltd' }] });
  expect(await linkOfficer(world, ids.ben)).toMatchObject({ status: 'done', result: { vendorId: ids.ben } });
  expect(await linkOrganisation(world, ids.alder)).toMatchObject({ status: 'done' });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: ids.ben });
  expect(ownerOf(world, 'organisation:ALD001')).toMatchObject({ externalId: '1001' });
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-20, D-2: where the column belongs to OneFile only the link table knows', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'ABR001' })], {
    shared: { externalIdVendor: 'onefile' },
    officers: [{ ...adaBrook, externalId: '400002' }],
  });
  expect(await linkOfficer(world, ids.ben)).toMatchObject({ status: 'done' });
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: '400002' });
  await world.command('enrol', { ident: '10001' });
  expect(await world.records('learnerCourses')).toMatchObject([{ assessorId: ids.ben }]);
  expect(ownerOf(world, 'officer:ABR001')).toMatchObject({ externalId: '400002' });
});

test('SA-24: an id of the wrong form is refused, and one that is not there', async () => {
  await using world = await openEnrolmentWorld([]);
  for (const id of ['4711', 'x y', '{}', '00000000-0000-0000-0000-000000000000', ids.imogen])
    expect(await linkOfficer(world, id)).toMatchObject({ status: 'refused', code: 'ID_NOT_FOUND' });
  for (const id of ['abc', '0', '-1', '12.5', ids.ada, '4711'])
    expect(await linkOrganisation(world, id)).toMatchObject({ status: 'refused', code: 'ID_NOT_FOUND' });
  expect(linkedTo(world, 'officer')).toEqual([]);
  expect(linkedTo(world, 'organisation')).toEqual([]);
});

test('SA-24, G-2: ids are compared without braces, capitals and leading zeros', async () => {
  await using world = await openEnrolmentWorld([], {
    officers: [{ ...adaBrook, externalId: `{${ids.ada.toUpperCase()}}` }],
    organisations: [{ ...alder, externalId: '01001' }],
  });
  await world.settle('officer:ABR001');
  await world.settle('organisation:ALD001');
  expect(linkedTo(world, 'officer')).toEqual([`ABR001 ${ids.ada}`]);
  expect(linkedTo(world, 'organisation')).toEqual(['ALD001 1001']);
});

test('SA-21, D-2: the link follows an edit in PICS, sends nothing, and follows no change at Smart Assessor', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'ABR001' })]);
  await linkOfficer(world, ids.ada);
  await world.command('enrol', { ident: '10001' });
  await world.takeWrites();
  world.pics.putOfficer({ ...adaBrook, externalId: ids.ben });
  await world.settle('officer:ABR001');
  await world.settle('10001', 'refresh');
  expect(linkedTo(world, 'officer')).toEqual([`ABR001 ${ids.ben}`]);
  await world.control('POST', `/act/assessors/${ids.ben}/delete`);
  await world.settle('officer:ABR001', 'refresh');
  await world.settle('10001', 'refresh');
  expect(linkedTo(world, 'officer')).toEqual([`ABR001 ${ids.ben}`]);
  expect(await world.takeWrites()).toEqual([]);
  world.pics.putOfficer({ ...adaBrook, externalId: null });
  await world.passMs(120_000);
  await world.settle('officer:ABR001');
  expect(linkedTo(world, 'officer')).toEqual([]);
});

test('SA-21: a linked assessor that is gone holds its course with what to do, and no second assessor is made', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ mainOfficer: 'ABR001' })], {
    settings: { unlinkedOfficer: 'create' },
  });
  await linkOfficer(world, ids.ada);
  await world.control('POST', `/act/assessors/${ids.ada}/delete`);
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['course:603/1122/3/1 LINK_GONE']);
  expect(world.messages()).toEqual([
    `The Smart Assessor record ${ids.ada} linked to officer ABR001 no longer exists. Look it up again.`,
  ]);
  expect(await world.records('assessors')).toHaveLength(1);
});

test('SA-21: a linked employer that is gone holds the learner with what to do, and no second employer is made', async () => {
  await using world = await openEnrolmentWorld([
    buildNewcomer({ placements: [buildPlacement({ organisation: 'ALD001' })] }),
  ]);
  await linkOrganisation(world, ids.alder);
  await world.control('POST', `/act/employers/${ids.alder}/delete`);
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ status: 'held' });
  expect(world.held()).toEqual(['learner:10001 LINK_GONE']);
  expect(world.messages()).toEqual([
    'The Smart Assessor record 1001 linked to organisation ALD001 no longer exists. Look it up again.',
  ]);
  expect(await world.records('employers')).toEqual([]);
});

test('SA-18, G-2: a typed id is looked up, becomes the link, and the learner is synchronised at once', async () => {
  const learner = buildNewcomer({ smartAssessorId: `{${ids.imogen.toUpperCase()}}` });
  await using world = await openEnrolmentWorld([learner], { records });
  await world.look('10001');
  expect(linkedTo(world, 'learner')).toEqual([`10001 ${ids.imogen}`]);
  const calls = await world.takeCalls();
  expect(calls).toContain(`GET learner-courses?learnerId=${ids.imogen}`);
  expect(calls).toContain(`GET sessions?learnerId=${ids.imogen}`);
  expect(await world.takeWrites()).toEqual([]);
});

test.each([
  ['no learner', '5a000000-0000-4000-8000-00000000ffff', 'ID_NOT_FOUND'],
  ['no id at all', '4711', 'ID_NOT_FOUND'],
])('SA-18: a typed id that is %s is held, and nothing is linked', async (_title, smartAssessorId, code) => {
  await using world = await openEnrolmentWorld([buildNewcomer({ smartAssessorId })], { records });
  await world.settle('10001');
  expect(world.held()).toEqual([`learner:10001 ${code}`]);
  expect(linkedTo(world, 'learner')).toEqual([]);
});

test('SA-18, D-13: a typed id of quite another person is held until a person confirms it by command', async () => {
  const learner = buildNewcomer({ firstName: 'Bo', birthDate: '1999-01-01', smartAssessorId: ids.imogen });
  await using world = await openEnrolmentWorld([learner], { records });
  await world.settle('10001');
  expect(world.held()).toEqual(['learner:10001 ID_OTHER_PERSON']);
  expect(world.messages()[0]).toContain('birth date');
  const answer = await world.command('set-learner-id', {
    ident: '10001',
    payload: { vendorId: ids.imogen, confirmed: true },
  });
  expect(answer.code === null || answer.code === 'ID_OTHER_PERSON').toBe(true);
});

test('D-7: an id that two learners show links neither of them', async () => {
  const first = buildNewcomer({ smartAssessorId: ids.imogen });
  await using world = await openEnrolmentWorld([first, { ...first, ident: '10002' }], { records });
  await world.settle('10001');
  await world.settle('10002');
  expect(world.held().toSorted()).toEqual([
    'learner:10001 ID_CLAIMED_TWICE',
    'learner:10002 ID_CLAIMED_TWICE',
  ]);
  expect(linkedTo(world, 'learner')).toEqual([]);
});

test('SA-18, D-13: an id that is corrected takes the links along, and what came from the other learner is listed', async () => {
  const learner = buildNewcomer({ smartAssessorId: ids.imogen });
  await using world = await openEnrolmentWorld([learner], { records });
  await world.settle('10001', 'refresh');
  const other = '5a000000-0000-4000-8000-0000000000aa';
  await world.load({
    learners: [
      { id: other, misId: null, givenNames: 'Imogen', familyName: 'Tarrant', dateOfBirth: '2006-07-14' },
    ],
  });
  world.pics.edit('10001', (one) => ({
    ...one,
    smartAssessorId: other,
    reviews: [
      buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-02T10:00:00', smartAssessorId: ids.session }),
    ],
  }));
  await world.settle('10001');
  expect(linkedTo(world, 'learner')).toEqual([`10001 ${other}`]);
  expect(world.held()).toEqual([`crossed:${ids.imogen} CROSSED_RECORDS`]);
  expect(world.messages()[0]).toContain('1 review (2026-02-02)');
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-18: clearing the id ends the link and an open enrolment, so that no second learner is made', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ placements: [buildPlacement()] })]);
  await world.command('enrol', { ident: '10001' });
  await world.settle('10001');
  await world.passMs(120_000);
  world.pics.edit('10001', (one) => ({ ...one, smartAssessorId: null }));
  await world.takeWrites();
  await world.settle('10001');
  expect(linkedTo(world, 'learner')).toEqual([]);
  expect(await world.takeWrites()).toEqual([]);
  expect(await world.records('learners')).toHaveLength(1);
});

test('D-20, A-25: a learner with a portfolio of OneFile in use is linked too; one with that of another system is not', async () => {
  for (const activePortfolio of ['O', 'other'] as const) {
    const learner = buildNewcomer({ smartAssessorId: ids.imogen, activePortfolio });
    await using world = await openEnrolmentWorld([learner], { records });
    await world.settle('10001');
    expect(linkedTo(world, 'learner')).toEqual(activePortfolio === 'O' ? [`10001 ${ids.imogen}`] : []);
  }
});
