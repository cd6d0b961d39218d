import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { JsonObject } from '../../../domain/json.ts';
import type { Learner, Qualification } from '../../../domain/learner.ts';
import type { ExchangedField } from './aims.ts';
import type { OneFileSettings } from './settings.ts';

const qualification = buildQualification({ reference: '603/1122/3' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 0 };
const wireNames: Readonly<Record<ExchangedField, string>> = {
  registrationNumber: 'RegistrationNumber',
  registeredOn: 'RegistrationDate',
  certificateAppliedOn: 'CertificateAppliedDate',
  certificateReceivedOn: 'CertificateReceivedDate',
};
const dateFields = ['registeredOn', 'certificateAppliedOn', 'certificateReceivedOn'] as const;

const withAims = (...aims: readonly object[]) => ({ ...smallCentre, aims }) as never;
const readAim = async (world: OneFileWorld, id = 600045) =>
  (await world.records('aims')).find(({ ID }) => ID === id) ?? {};
const firstOf = ({ qualifications: [first] }: Learner) => first;
const editFirst = (world: OneFileWorld, change: Partial<Qualification>, ident = '10001') =>
  world.pics.edit(ident, (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one, index) => (index === 0 ? { ...one, ...change } : one)),
  }));

/** Checks that a second run makes no call and no write. */
async function expectRest(world: OneFileWorld): Promise<void> {
  await world.takeWrites();
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written.slice(length)).toEqual([]);
}

test.each(
  dateFields.flatMap((field) =>
    ['infinity', '-infinity', '0044-03-15 BC', '20226-01-15', '1899-12-30', '9999-12-31'].map(
      (odd) => [field, odd] as const,
    ),
  ),
)(
  'D-17: %s is %s in PICS: it is held by its name, nothing of it is sent, and the other fields flow both ways',
  async (field, odd) => {
    const [other = 'registeredOn'] = dateFields.filter((one) => one !== field);
    await using world = await openOneFileWorld({
      learners: [
        buildLinked({
          qualifications: [{ ...qualification, [field]: odd, registrationNumber: 'AB1234567' }],
        }),
      ],
      records: withAims({ ...aim, [wireNames[other]]: '2026-03-04', Progress: 30 }),
    });
    await world.settle('10001', 'refresh');
    expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'AB1234567' });
    expect((await readAim(world))[wireNames[field]] ?? null).toBeNull();
    expect(firstOf(world.learner('10001'))).toMatchObject({
      [field]: odd,
      [other]: '2026-03-04',
      elementsDone: 30,
    });
    expect(world.held()).toEqual(['qualification-dates:10001/603/1122/3/1 UNREADABLE_DATE']);
    expect(world.messages()[0]).toMatch(
      /^PICS shows a value in (Registration|Certificate)[\w ]+ \(.+\) of qualification/,
    );
    await expectRest(world);
    editFirst(world, { [field]: '2026-05-06' });
    await world.settle('10001');
    expect((await readAim(world))[wireNames[field]]).toContain('2026-05-06');
    expect(world.held()).toEqual([]);
  },
);

test.each(dateFields)(
  'D-17: %s is no date at OneFile: it is held, PICS keeps its own, and the other fields flow both ways',
  async (field) => {
    const [other = 'registeredOn'] = dateFields.filter((one) => one !== field);
    await using world = await openOneFileWorld({
      learners: [
        buildLinked({
          qualifications: [{ ...qualification, [field]: '2026-01-05', registrationNumber: 'AB1234567' }],
        }),
      ],
      records: withAims({
        ...aim,
        [wireNames[field]]: '2222-02-02T00:00:00.000Z',
        [wireNames[other]]: '2026-03-04',
      }),
    });
    await world.settle('10001', 'refresh');
    expect(await readAim(world)).toMatchObject({
      RegistrationNumber: 'AB1234567',
      [wireNames[field]]: '2222-02-02T00:00:00.000Z',
    });
    expect(firstOf(world.learner('10001'))).toMatchObject({ [field]: '2026-01-05', [other]: '2026-03-04' });
    expect(world.held()).toEqual(['learning-aim:600045 UNREADABLE_DATE']);
    await expectRest(world);
  },
);

test.each([
  ['infinity', 'infinity'],
  ['0044-03-15T10:00:00 BC', '0044-03-15T10:00:00 BC'],
  ['20226-01-15T10:00:00', '20226-01-15T10:00:00'],
  ['1026-02-01T10:00:00', '1026-02-01T10:00:00'],
  [null, 'blank'],
])(
  'D-17: a qualifying review planned for %s is held with what was typed, and sent once it is corrected',
  async (proposedAt, shown) => {
    const odd = buildReview({ id: 'r1', type: 'N', proposedAt });
    const good = buildReview({ id: 'r2', type: 'N', proposedAt: '2026-02-01T10:00:00' });
    await using world = await openOneFileWorld({
      learners: [buildLinked({ mainOfficer: 'ABR001', reviews: [odd, good] })],
      officers: [{ code: 'ABR001', externalId: '400002' }],
    });
    await world.settle('10001');
    expect(await world.records('reviews')).toHaveLength(1);
    expect(world.held()).toEqual(['review:r1 REVIEW_NO_DATE']);
    expect(world.messages()).toEqual([
      `The review of Imogen Tarrant (10001) has no proposed date that can be read (${shown}). Enter one in PICS.`,
    ]);
    world.pics.edit('10001', (learner) => ({
      ...learner,
      reviews: learner.reviews.map((one) =>
        one.id === 'r1' ? { ...one, proposedAt: '2026-02-02T11:30:00' } : one,
      ),
    }));
    await world.settle('10001');
    expect(world.held()).toEqual([]);
    expect((await world.records('reviews')).map(({ ScheduledFor }) => ScheduledFor)).toContainEqual(
      expect.stringContaining('2026-02-02T11:30:00'),
    );
  },
);

test('D-20: a qualification that is inserted with a number is sent on commit where its aim is there', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims({ ...aim, RegistrationNumber: 'RG-1' }),
  });
  await world.settle('10001', 'refresh');
  // The aim of the second one appears at OneFile after the last reading.
  await world.load({ aims: [{ ...aim, ID: 600046, StandardID: 5007 }] });
  await world.passMs(2 * 3_600_000);
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: [
      ...learner.qualifications,
      buildQualification({ reference: '196AS', registrationNumber: 'RG-2' }),
    ],
  }));
  await world.settle('10001');
  expect(await readAim(world, 600046)).toMatchObject({ RegistrationNumber: 'RG-2' });
});

const typed = { registrationNumber: 'TYPO-1', registeredOn: '2026-01-05' };
const openCorrected = (settings: Partial<OneFileSettings> = {}) =>
  openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
    settings,
  });

/** What a full synchronisation leaves behind: the exchange of the learner, and its own beginning. */
async function synchroniseAll(world: OneFileWorld): Promise<void> {
  const passes = world.store.polling.open({
    vendor: 'onefile',
    centre: '301',
    holder: 'test',
    leaseMs: 60_000,
  });
  const lease = await passes.acquireLease();
  const epoch = lease?.epoch ?? 0;
  const beganAtMs = world.nowMs();
  await passes.recordRun(beganAtMs, { kind: 'begun', scope: 'all' }, epoch);
  await world.settle('10001', 'refresh');
  await passes.recordRun(beganAtMs, { kind: 'completed' }, epoch);
  if (lease !== null) await passes.releaseLease(lease);
}

test('D-11: a number that is typed, sent, and corrected in PICS a minute later reaches OneFile corrected, and a second run moves nothing', async () => {
  await using world = await openCorrected();
  await synchroniseAll(world);
  await world.passMs(1_000);
  editFirst(world, typed);
  await world.settle('10001');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'TYPO-1' });
  await world.passMs(60_000);
  editFirst(world, { registrationNumber: 'RIGHT-1' });
  // Another observation on its way shows the old value: PICS keeps the correction meanwhile.
  await world.settle('10001', 'refresh');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RIGHT-1' });
  expect(firstOf(world.learner('10001'))).toMatchObject({ ...typed, registrationNumber: 'RIGHT-1' });
  // Corrected once more on the same day.
  editFirst(world, { registrationNumber: 'RIGHT-2', registeredOn: '2026-01-06' });
  await world.settle('10001');
  expect((await readAim(world))['RegistrationDate']).toContain('2026-01-06');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RIGHT-2' });
  await expectRest(world);
});

test.each<[string, Partial<OneFileSettings>, (world: OneFileWorld) => Promise<unknown>, string]>([
  [
    'after OneFile has edited it',
    {},
    (world) => world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'THEIRS' }),
    'THEIRS',
  ],
  ['after a full synchronisation', {}, (world) => synchroniseAll(world), 'TYPO-1'],
  ['with corrections off', { corrections: 'off' }, async () => {}, 'TYPO-1'],
])(
  "D-11: a number that is corrected in PICS %s: OneFile's value is back in PICS",
  async (_title, settings, between, back) => {
    await using world = await openCorrected(settings);
    editFirst(world, typed);
    await world.settle('10001');
    await world.passMs(60_000);
    await between(world);
    editFirst(world, { registrationNumber: 'RIGHT-1' });
    await world.takeWrites();
    await world.settle('10001');
    expect(await world.takeWrites()).toEqual([]);
    expect(await readAim(world)).toMatchObject({ RegistrationNumber: back });
    expect(firstOf(world.learner('10001'))?.registrationNumber).toBe(back);
    await expectRest(world);
  },
);

test('D-11: what OneFile has edited and put back is no longer ours, also when nothing but a poll has seen it', async () => {
  await using world = await openCorrected();
  editFirst(world, typed);
  await world.settle('10001');
  for (const registrationNumber of ['THEIRS', 'TYPO-1']) {
    await world.control('POST', '/act/aims/600045/registration', { registrationNumber });
    await world.passMs(1_000);
    await world.settle('10001', 'refresh');
  }
  editFirst(world, { registrationNumber: 'RIGHT-1' });
  await world.settle('10001');
  expect(firstOf(world.learner('10001'))?.registrationNumber).toBe('TYPO-1');
});

test('D-11: a value that PICS clears comes back; it is no correction', async () => {
  await using world = await openCorrected();
  editFirst(world, typed);
  await world.settle('10001');
  editFirst(world, { registrationNumber: null });
  await world.settle('10001');
  expect(firstOf(world.learner('10001'))).toMatchObject(typed);
});

const references = ['603/1122/3', '196AS', 'Q3', 'Q4', 'Q5'];
const received = '2026-01-10';
/** Five qualifications with an aim each; PICS has a date received in all but the last. */
const openCertified = (switches: JsonObject = {}) =>
  openOneFileWorld({
    learners: [
      buildLinked({
        qualifications: references.map((reference, n) =>
          buildQualification({ reference, certificateReceivedOn: n === 4 ? null : received }),
        ),
      }),
    ],
    records: {
      ...smallCentre,
      standards: [
        ...smallCentre.standards,
        ...['Q3', 'Q4', 'Q5'].map((code, n) => ({ ID: 7003 + n, Title: code, code })),
      ],
      aims: [5003, 5007, 7003, 7004, 7005].map((StandardID, n) => ({ ...aim, ID: 600045 + n, StandardID })),
    } as never,
    switches,
  });
const notesOf = async (world: OneFileWorld) => {
  const none = { officers: [], organisations: [], learnerVendorIds: [] };
  const lane = await world.ledger.readLane({ vendor: 'onefile', centre: '301', ident: '10001', ...none });
  return (lane.notes ?? []).map(({ code, subject }) => `${code} ${subject}`);
};
const lostAt = (id: number) => `learning-aim-field:${id}/certificateReceivedOn VALUE_NOT_KEPT`;
const receivedOf = async (world: OneFileWorld, id: number) =>
  String((await readAim(world, id))['CertificateReceivedDate'] ?? 'none').slice(0, 10);

test('D-16: OneFile drops one certificate date: that aim is held, the others are sent and pulled, and nothing is sent again until a person retries', async () => {
  await using world = await openCertified();
  const drop = {
    match: { method: 'POST', path: 'LearningAim/{id}', bodyIncludes: '"ID":600046' },
    times: null,
  };
  const { id: rule } = (await world.script({ ...drop, action: { type: 'answer', status: 204 } })) as {
    id: number;
  };
  await world.load({
    aims: [{ ...aim, ID: 600049, StandardID: 7005, CertificateReceivedDate: '2026-02-02' }],
  });
  await world.settle('10001', 'refresh');
  // The name is proven by the aim that shows it, so only the next reading shows what was dropped.
  await world.settle('10001', 'refresh');
  expect(world.ledger.held).toMatchObject([{ code: 'VALUE_NOT_KEPT' }]);
  expect(world.held()).toEqual([lostAt(600046)]);
  expect(world.messages()[0]).toContain(
    'accepted the Certificate Received Date of aim 600046 and did not keep it',
  );
  expect(await Promise.all([600045, 600047, 600048].map((id) => receivedOf(world, id)))).toEqual(
    Array(3).fill(received),
  );
  expect(world.learner('10001').qualifications[4]?.certificateReceivedOn).toBe('2026-02-02');
  await expectRest(world);
  expect(world.held()).toEqual([lostAt(600046)]);
  await world.control('DELETE', `/rules/${rule}`);
  await world.store.held.retry({ ids: world.ledger.held.map(({ id }) => id) }, { by: 'ann' });
  await world.settle('10001');
  expect(await receivedOf(world, 600046)).toBe(received);
  expect(world.held()).toEqual([]);
});

test('D-16, G-10: after three aims without a success the field is given up; an aim that shows it proves it, and what waited is sent', async () => {
  await using world = await openCertified({ 'certificate-received-name': 'NoSuchDate' });
  await world.settle('10001', 'refresh');
  // In the order of their references.
  expect(world.held()).toEqual([600046, 600045, 600047, 600048].map(lostAt));
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, certificateReceivedOn: received })),
  }));
  await world.takeWrites();
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(await notesOf(world)).toEqual(['D-16 learning-aim-field:600049/certificateReceivedOn']);
  await expectRest(world);
  // The centre has the field now, and a person fills it in at OneFile.
  await world.control('PATCH', '/switches', { 'certificate-received-name': 'CertificateReceivedDate' });
  await world.load({ aims: [{ ...aim, CertificateReceivedDate: '2026-02-02' }] });
  await world.settle('10001', 'refresh');
  expect(firstOf(world.learner('10001'))?.certificateReceivedOn).toBe('2026-02-02');
  expect(await receivedOf(world, 600049)).toBe(received);
  expect(world.held()).toEqual([600046, 600047, 600048].map(lostAt));
  expect(await notesOf(world)).toEqual([]);
});

test('D-16: status shows a field that was given up, and a command tries it again', async () => {
  const field = 'aim.certificateReceived=CertificateReceivedDate';
  await using world = await openCertified();
  const scope = { vendor: 'onefile', centre: '301' } as const;
  for (const record of ['1', '2', '3'])
    world.ledger.fields.keep(scope, { kind: 'field-support', field, isKept: false, record });
  await world.settle('10001', 'refresh');
  expect(await receivedOf(world, 600048)).toBe('none');
  expect(await world.store.fields.list(scope)).toContainEqual({ field, isKept: false, lostCount: 3 });
  expect(await world.command('forget-field', {})).toMatchObject({ status: 'refused', code: 'INPUT_MISSING' });
  const answer = await world.command('forget-field', { payload: { field } });
  expect(answer).toMatchObject({ status: 'done', result: { field, isForgotten: true } });
  await world.settle('10001', 'refresh');
  expect(await receivedOf(world, 600048)).toBe(received);
});

test('D-16: what was found out under one name says nothing about another name in the settings', async () => {
  await using world = await openCertified();
  for (const record of ['1', '2', '3'])
    world.store.ledger.fields.keep(
      { vendor: 'onefile', centre: '301' },
      { kind: 'field-support', field: 'aim.certificateReceived=CertReceived', isKept: false, record },
    );
  await world.settle('10001', 'refresh');
  expect(await receivedOf(world, 600048)).toBe(received);
  expect(world.held()).toEqual([]);
});

test('D-19: nothing is written for a learner who is archived at OneFile, the record says so, and all is sent after the archive', async () => {
  const learner = buildLinked({
    mainOfficer: 'ABR001',
    qualifications: [{ ...qualification, registrationNumber: 'RG-1' }],
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' })],
  });
  const users = (isArchived: boolean) =>
    smallCentre.users.map((user) => (user.ID === 400061 ? { ...user, Archived: isArchived } : user));
  await using world = await openOneFileWorld({
    learners: [learner],
    officers: [{ code: 'ABR001', externalId: '400002' }],
    records: {
      ...smallCentre,
      users: users(true),
      aims: [{ ...aim, CertificateAppliedDate: '2026-01-02' }],
    } as never,
    switches: { 'archived-in-search': 'marked' },
  });
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.held()).toEqual(['archived:10001 ARCHIVED']);
  expect(firstOf(world.learner('10001'))?.certificateAppliedOn).toBe('2026-01-02');
  await expectRest(world);
  await world.load({ users: users(false) } as never);
  await world.settle('10001');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RG-1' });
  expect(await world.records('reviews')).toHaveLength(1);
  expect(world.held()).toEqual([]);
});
