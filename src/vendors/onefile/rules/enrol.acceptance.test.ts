import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildNewcomer,
  enrolmentCentre,
  openEnrolmentWorld,
} from '../../../../test/support/onefile-world/enrolment.ts';
import type { OneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import { toSent } from '../../../../test/support/world/call-line.ts';
import type { Learner } from '../../../domain/learner.ts';

const uln = '1000000019';
/** The same person as the new learner, with another Ident in PICS or none. */
const twin = {
  ...{ ID: 400061, OrganisationID: 301, Role: 1, FirstName: 'Imogen', LastName: 'Tarrant' },
  ...{ Email: 'old@x.example.org', ULN: uln, MISID: '10009' },
};
const withUsers = (...users: readonly object[]) =>
  ({ ...enrolmentCentre, users: [...enrolmentCentre.users, ...users] }) as never;

const enrol = (world: OneFileWorld, payload = {}) => world.command('enrol', { ident: '10001', payload });
const learnersOf = async (world: OneFileWorld) =>
  (await world.records('users')).filter(({ Role }) => Role === 1);
const planned = (id: string) => buildReview({ id, type: 'N', proposedAt: '2026-02-01T10:00:00' });

/** Refused before anything was written. */
async function expectRefused(world: OneFileWorld, code: string, payload = {}): Promise<string> {
  const before = (await learnersOf(world)).length;
  const answer = await enrol(world, payload);
  expect(answer).toMatchObject({ status: 'refused', code });
  expect(answer.message).not.toContain('…');
  expect(await world.takeWrites()).toEqual([]);
  expect(await learnersOf(world)).toHaveLength(before);
  return answer.message ?? '';
}

test('OF-10: a new learner in PICS, and an edit of it, cause no call', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.settle('10001');
  world.pics.edit('10001', (learner) => ({ ...learner, surname: 'Changed' }));
  await world.settle('10001', 'refresh');
  expect(await world.takeCalls()).toEqual([]);
});

test('OF-11a: a linked learner is not enrolled again', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await enrol(world);
  await world.takeWrites();
  const [created] = await learnersOf(world);
  const message = await expectRefused(world, 'ALREADY_LINKED');
  expect(message).toBe(`Imogen Tarrant (10001) is already linked to OneFile learner ${created?.['ID']}.`);
});

test('OF-11b: a person enrolled under another Ident is named, and enrolled a second time only on request', async () => {
  const first = buildNewcomer({ ident: '10009', oneFileId: '400061', uln });
  await using world = await openEnrolmentWorld([buildNewcomer({ uln }), first], { records: withUsers(twin) });
  await world.settle('10009', 'refresh');
  const message = await expectRefused(world, 'POSSIBLE_DUPLICATE');
  expect(message).toContain('400061');
  expect(message).toContain('10009');
  const answer = await enrol(world, { createAnyway: true });
  expect(answer).toMatchObject({ status: 'done', code: null });
  expect(await learnersOf(world)).toHaveLength(2);
  expect(world.learner('10001').oneFileId).not.toBe('400061');
});

test.each<[string, Partial<Learner>, object]>([
  ['the same NI number where the ULN is not known', { niNumber: 'QQ 12 34 56 C' }, { NINO: 'qq123456c' }],
  ['the same names and birth date', { birthDate: '2001-02-03' }, { DOB: '2001-02-03' }],
  ['our own Ident as MIS value', {}, { MISID: '10001', LastName: 'Married' }],
])('OF-11: %s shows a possible duplicate', async (_title, known, there) => {
  const { ULN: _uln, ...other } = { ...twin, ...there };
  const user = {
    ...other,
    ...('NINO' in there ? { FirstName: 'Immy', Email: 'imogen@x.example.org' } : {}),
  };
  await using world = await openEnrolmentWorld([buildNewcomer({ uln: '9999999999', ...known })], {
    records: withUsers(user),
  });
  await expectRefused(world, 'POSSIBLE_DUPLICATE');
});

test('OF-11: a namesake with another birth date is another person', async () => {
  const { ULN: _uln, ...namesake } = { ...twin, DOB: '1999-01-01' };
  await using world = await openEnrolmentWorld([buildNewcomer({ birthDate: '2001-02-03' })], {
    records: withUsers(namesake),
  });
  expect(await enrol(world)).toMatchObject({ status: 'done' });
  expect(await learnersOf(world)).toHaveLength(2);
});

test('OF-12: of three pathways one must be chosen; then that standard is assigned, and one that is gone is refused', async () => {
  const qualifications = [buildQualification({ reference: '500/9999/x' })];
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  const preview = await world.command('preview', { ident: '10001' });
  expect(preview.result).toMatchObject({
    qualifications: [{ state: 'choose', pathways: [{ id: '5020' }, { id: '5021' }, { id: '5022' }] }],
    refusal: { code: 'CHOOSE' },
  });
  expect(await expectRefused(world, 'CHOOSE')).toContain('500/9999/x');
  await expectRefused(world, 'CHOOSE', { pathways: { '500/9999/x': '5099' } });
  expect(await enrol(world, { pathways: { '500/9999/x': '5021' } })).toMatchObject({ status: 'done' });
  expect(await world.records('aims')).toMatchObject([{ StandardID: 5021 }]);
});

test('OF-12: a preview sends nothing, stores nothing, and lists the centres and every record to be created', async () => {
  const newcomer = buildNewcomer({ mainOfficer: 'SNE001' });
  await using world = await openEnrolmentWorld([newcomer]);
  const { result } = await world.command('preview', { ident: '10001' });
  expect(result).toMatchObject({
    centres: [{ id: '301' }, { id: '302' }],
    officers: [{ code: 'SNE001', way: 'create', vendorId: null }],
    organisation: { code: 'ALD001', way: 'matched', vendorId: '30001' },
    qualifications: [{ reference: '603/1122/3', state: 'available', chosen: '5003' }],
  });
  expect(await world.takeWrites()).toEqual([]);
  expect(world.ledger.links).toEqual([]);
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-13a, A-38: the learner gets the listed fields and nothing else', async () => {
  const newcomer = buildNewcomer({
    ...{ birthDate: '2001-07-03', uln, niNumber: 'QQ123456C', phone: '0113 1', mobile: '07700 900001' },
    ...{ sex: 'F', ethnicity: '31', disability: '2', address: ['1 Road'], postcode: 'AB1 2CD', title: 'Ms' },
    ...{ lrn: 'LRN1', status: 'L', primaryDifficulty: '5' },
  });
  await using world = await openEnrolmentWorld([newcomer]);
  await enrol(world);
  const [created] = toSent(await world.takeWrites());
  expect(created?.call).toBe('POST User');
  expect(Object.keys(created?.body ?? {}).sort()).toEqual(
    [
      ...['OrganisationID', 'Role', 'FirstName', 'LastName', 'Email', 'DefaultAssessorID', 'PlacementID'],
      ...['ClassroomID', 'MISID', 'DOB', 'ULN', 'NINO', 'Telephone', 'MobileNumber', 'StartOn'],
      ...['PlannedEndDate', 'L12', 'L13', 'L15'],
    ].sort(),
  );
  expect(created?.body).toMatchObject({
    MISID: '10001',
    ULN: uln,
    DefaultAssessorID: 400002,
    PlacementID: 30001,
  });
});

test('OF-13b, OF-11: without an e-mail address or a name the command is refused, and nothing is sent', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer({ email: null })]);
  expect(await expectRefused(world, 'NO_EMAIL')).toContain('no e-mail address');
  world.pics.edit('10001', (learner) => ({ ...learner, email: 'x@x.example.org', surname: null }));
  expect(await expectRefused(world, 'NO_NAME')).toContain('has no name');
  expect((await world.command('enrol', { ident: '99999' })).message).toContain('99999');
});

test.each(["Zoë-Ñ O'Brien'd", '東京 Ælfgifu', 'x'.repeat(100)])(
  'OF-13: the name %s is sent unchanged',
  async (name) => {
    await using world = await openEnrolmentWorld([buildNewcomer({ firstName: name, surname: name })]);
    expect(await enrol(world)).toMatchObject({ status: 'done' });
    expect(await learnersOf(world)).toMatchObject([{ FirstName: name, LastName: name }]);
  },
);

test('A-47: a ULN that fails its check digit is left out, with a warning that does not show it', async () => {
  for (const wrong of ['1000000018', '9999999999', '123']) {
    await using world = await openEnrolmentWorld([buildNewcomer({ uln: wrong })]);
    const answer = await enrol(world);
    expect(answer).toMatchObject({ status: 'done', result: { warnings: [{ code: 'ULN_INVALID' }] } });
    expect(JSON.stringify(answer)).not.toContain(wrong);
    const [created] = toSent(await world.takeWrites());
    expect(created?.body).not.toHaveProperty('ULN');
  }
});

test('OF-15, A-44, OF-18: a qualification that OneFile does not offer is skipped and listed, and the learner is created', async () => {
  const qualifications = ['603/1122/3', '999/0000/0', '196as'].map((reference) =>
    buildQualification({ reference }),
  );
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  const answer = await enrol(world);
  expect(answer).toMatchObject({ status: 'done', result: { skipped: ['999/0000/0'] } });
  expect(JSON.stringify(answer.result)).toContain('999/0000/0 is not available at OneFile.');
  const aims = await world.records('aims');
  expect(aims.map(({ StandardID }) => StandardID).sort()).toEqual([5003, 5007]);
});

test('A-2, OF-15: an aim takes its start, planned end, registration and certificate fields along', async () => {
  const qualifications = [
    buildQualification({
      ...{ reference: '603/1122/3', startOn: '2026-01-05', expectedEndOn: '2027-07-31', title: 'Leader' },
      ...{ registrationNumber: 'RG-1', registeredOn: '2026-01-06', certificateAppliedOn: '2026-01-07' },
      certificateReceivedOn: '2026-01-08',
    }),
  ];
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications })]);
  await enrol(world);
  const day = (date: string) => expect.stringContaining(date);
  expect(await world.records('aims')).toMatchObject([
    {
      ...{ StandardID: 5003, StartDate: day('2026-01-05'), PlannedEnd: day('2027-07-31') },
      ...{ RegistrationNumber: 'RG-1', RegistrationDate: day('2026-01-06') },
      ...{ CertificateAppliedDate: day('2026-01-07'), CertificateReceivedDate: day('2026-01-08') },
    },
  ]);
});

test('OF-14, OF-16, OF-17: after enrolment neither a changed surname, nor a new qualification, nor units are sent', async () => {
  const withUnits = buildQualification({ reference: '603/1122/3', hasUnits: true });
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications: [withUnits] })]);
  await enrol(world);
  await world.settle('10001', 'refresh');
  expect((await world.takeCalls()).filter((line) => /unit/i.test(line))).toEqual([]);
  await world.takeWrites();
  world.pics.edit('10001', (learner) => ({
    ...learner,
    surname: 'Changed',
    qualifications: [...learner.qualifications, buildQualification({ reference: '196AS' })],
  }));
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-19: of the reviews of a new learner exactly those that qualify are sent', async () => {
  const reviews = [
    planned('r1'),
    { ...planned('r2'), attended: 'U' as const },
    { ...planned('r3'), type: 'C' },
    { ...planned('r4'), actualAt: '2026-01-01T10:00:00' },
    { ...planned('r5'), oneFileId: '799999' },
  ];
  await using world = await openEnrolmentWorld([buildNewcomer({ reviews })]);
  expect(await enrol(world)).toMatchObject({ status: 'done', result: { reviews: 1 } });
  expect(await world.records('reviews')).toHaveLength(1);
  expect(world.learner('10001').reviews[0]?.oneFileId).not.toBeNull();
});

test('A-39, A-37: the classroom of the main tag is used whatever its case, for a missing one the fallback is used', async () => {
  for (const [mainTag, expected] of [
    ['carpentry', 2001],
    ['Plumbing', 2002],
  ] as const) {
    const settings = { classroomFromMainTag: true };
    await using world = await openEnrolmentWorld([buildNewcomer({ mainTag })], { settings });
    const answer = await enrol(world);
    expect(answer.status).toBe('done');
    expect(await learnersOf(world)).toMatchObject([{ ClassroomID: expected }]);
    expect(JSON.stringify(answer.result?.['warnings']).includes('NO_CLASSROOM')).toBe(expected === 2002);
    expect(await world.records('classrooms')).toHaveLength(2);
  }
});

test('A-37, OF-13: without a classroom and without a fallback the command is refused', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()], {
    settings: { fallbackClassroomId: undefined },
  });
  expect(await expectRefused(world, 'NO_CLASSROOM')).toContain(
    'needs a classroom for Imogen Tarrant (10001)',
  );
});
