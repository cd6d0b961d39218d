import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import { smallCentre } from '../../../../test/support/onefile-client.ts';
import { buildLinked } from '../../../../test/support/onefile-rules.ts';
import { type OneFileWorld, openOneFileWorld } from '../../../../test/support/onefile-world/world.ts';
import type { Learner } from '../../../domain/learner.ts';
import { type ExchangedField, exchangedFields } from './aims.ts';

const fields = Object.keys(exchangedFields) as ExchangedField[];
const wireNames: Readonly<Record<ExchangedField, string>> = {
  registrationNumber: 'RegistrationNumber',
  registeredOn: 'RegistrationDate',
  certificateAppliedOn: 'CertificateAppliedDate',
  certificateReceivedOn: 'CertificateReceivedDate',
};
const [A, B] = ['2026-01-02', '2026-01-03'];
const sides = [null, A, B].flatMap((pics) => [null, A, B].map((oneFile) => ({ pics, oneFile })));
const qualification = buildQualification({ reference: '603/1122/3' });
const aim = { ID: 600045, StandardID: 5003, UserID: 400061, Status: 0, Progress: 0 };

const withAims = (...aims: readonly object[]) => ({ ...smallCentre, aims }) as never;
const readAim = async (world: OneFileWorld, id = 600045) =>
  (await world.records('aims')).find(({ ID }) => ID === id) ?? {};
const firstOf = ({ qualifications: [first] }: Learner) => first;

/** Checks that nothing more is sent or written, whatever is asked for. */
async function expectRest(world: OneFileWorld): Promise<void> {
  await world.takeWrites();
  const { length } = world.pics.written;
  await world.settle('10001', 'refresh');
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(world.pics.written.slice(length)).toEqual([]);
}

test('OF-42 to OF-44: each of four fields, blank or one of two values on either side, ends as the table says, and a second run changes nothing', async () => {
  // Nine qualifications are paired with nine aims. Each field has each of the nine cases once, shifted by
  // one, so that the cases mix.
  const caseOf = (n: number, field: ExchangedField) => sides[(n + fields.indexOf(field)) % sides.length];
  const codes = sides.map((_, n) => `Q${n}`);
  const toValues = (n: number, side: 'pics' | 'oneFile') =>
    fields.map((field) => [field, caseOf(n, field)?.[side] ?? null] as const);
  const standards = codes.map((code, n) => ({ ID: 7000 + n, Title: code, code }));
  const aims = codes.map((_, n) => ({
    ...{ ...aim, ID: 610_000 + n, StandardID: 7000 + n },
    ...Object.fromEntries(toValues(n, 'oneFile').map(([field, value]) => [wireNames[field], value])),
  }));
  const learner = buildLinked({
    qualifications: codes.map((reference, n) =>
      buildQualification({ reference, ...Object.fromEntries(toValues(n, 'pics')) }),
    ),
  });
  const records = { ...smallCentre, standards, aims } as never;
  await using world = await openOneFileWorld({ learners: [learner], records });
  await world.settle('10001', 'refresh');
  for (const [n, code] of codes.entries()) {
    const there = await readAim(world, 610_000 + n);
    const here = world.learner('10001').qualifications.find(({ reference }) => reference === code);
    for (const field of fields) {
      const { pics = null, oneFile = null } = caseOf(n, field) ?? {};
      const expected = oneFile ?? pics;
      const shown = there[wireNames[field]];
      const what = `${code} ${field}: ${pics} in PICS, ${oneFile} at OneFile`;
      expect(here?.[field] ?? null, what).toBe(expected);
      expect(typeof shown === 'string' ? shown.slice(0, 10) : null, what).toBe(expected);
    }
  }
  await expectRest(world);
});

test('OF-42b, D-1: a number typed at OneFile a moment ago is read before the push, and ends in PICS', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
  });
  await world.settle('10001', 'refresh');
  await world.takeWrites();
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: [{ ...qualification, registrationNumber: 'RG-PICS' }],
  }));
  await world.control('POST', '/act/aims/600045/registration', { registrationNumber: 'RG-ONEFILE' });
  await world.settle('10001');
  expect(await world.takeWrites()).toEqual([]);
  expect(firstOf(world.learner('10001'))?.registrationNumber).toBe('RG-ONEFILE');
});

test('OF-42c: the number comes from PICS and the date from OneFile, each filled on its own', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-7' }] })],
    records: withAims({ ...aim, RegistrationDate: '2026-01-05' }),
  });
  await world.settle('10001', 'refresh');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RG-7' });
  expect(firstOf(world.learner('10001'))).toMatchObject({ registeredOn: '2026-01-05' });
  await expectRest(world);
});

test.each<[string, ExchangedField, string | null]>([
  ['OF-43: a certificate date that is cleared in PICS comes back', 'certificateAppliedOn', null],
  [
    'OF-44: a date of OneFile that a user edits is restored, and nothing is pushed',
    'certificateReceivedOn',
    B,
  ],
])('%s', async (_title, field, edited) => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [{ ...qualification, [field]: A }] })],
    records: withAims({ ...aim, [wireNames[field]]: A }),
  });
  await world.settle('10001', 'refresh');
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: [{ ...qualification, [field]: edited }],
  }));
  await world.settle('10001');
  expect(firstOf(world.learner('10001'))?.[field]).toBe(A);
  expect(await world.takeWrites()).toEqual([]);
});

test('OF-45a, OF-45b, OF-17: counters of a qualification with units stay, all other fields are exchanged, and no unit is', async () => {
  const other = buildQualification({ reference: '196AS', elementsTotal: 100, elementsDone: 10 });
  const withUnits = { ...qualification, hasUnits: true, elementsTotal: 12, elementsDone: 3 };
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [{ ...withUnits, registrationNumber: 'RG-7' }, other] })],
    records: withAims({ ...aim, Progress: 40 }, { ...aim, ID: 600046, StandardID: 5007, Progress: 55.5 }),
  });
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').qualifications).toMatchObject([
    { elementsTotal: 12, elementsDone: 3 },
    { elementsTotal: 100, elementsDone: 56 },
  ]);
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RG-7' });
  // Units are attached between two runs: from then on these counters stay too.
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, hasUnits: true })),
  }));
  await world.control('POST', '/act/aims/600046/progress', { progress: 80 });
  await world.settle('10001', 'refresh');
  expect(world.learner('10001').qualifications[1]).toMatchObject({ elementsDone: 56 });
  expect((await world.takeCalls()).filter((line) => /unit/i.test(line))).toEqual([]);
});

/** Everything about a learner that a user can change and no rule sends. */
function changeEverything(learner: Learner): Learner {
  return {
    ...learner,
    ...{ firstName: 'Ann', surname: 'Other', sex: 'M', birthDate: '2001-02-03', niNumber: 'QQ123456C' },
    ...{ address: ['1 New Road', 'Town'], postcode: 'AB1 2CD', phone: '0123', mobile: '0789' },
    ...{ email: 'new@x.example.org', ethnicity: '31', disability: '1', status: 'X', isSuspended: true },
    ...{ mainOfficer: 'BCO001', startOn: '2026-01-01', endOn: '2026-01-10', expectedEndOn: '2027-01-01' },
    mainTag: 'Plumbing',
    placements: [
      {
        ...{ seq: 9, organisation: 'ORG1', organisationName: null, organisationExternalId: null },
        ...{ type: 'P', startOn: '2026-01-02', endOn: null },
      },
    ],
    qualifications: [
      ...learner.qualifications.map((one) => ({
        ...one,
        ...{ title: 'New title', startOn: '2026-01-03', expectedEndOn: '2026-08-01', endOn: '2026-01-10' },
        ...{ officer: 'BCO001', elementsTotal: 50, elementsDone: 49 },
      })),
      buildQualification({ reference: '196AS', startOn: '2026-01-03' }),
    ],
  };
}

test('OF-46, OF-14, OF-16, OF-81, A-6, A-7, A-10: of an enrolled learner every column changes, and nothing of it is sent', async () => {
  const learner = buildLinked({ mainOfficer: 'ABR001', qualifications: [qualification] });
  await using world = await openOneFileWorld({
    learners: [learner],
    officers: [
      { code: 'ABR001', externalId: '400002' },
      { code: 'BCO001', externalId: '400003' },
    ],
    organisations: [{ code: 'ORG1', name: 'New Employer' }],
    records: withAims(aim),
  });
  await world.settle('10001', 'refresh');
  await world.takeWrites();
  world.pics.edit('10001', changeEverything);
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);

  // Only the four fields and a new review are sent, each with the calls its upload needs.
  world.pics.edit('10001', (edited) => ({
    ...edited,
    qualifications: edited.qualifications.map((one) => ({
      ...one,
      ...{ registrationNumber: 'RG-7', registeredOn: A, certificateAppliedOn: A, certificateReceivedOn: B },
    })),
    reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' })],
  }));
  await world.settle('10001');
  const sent = (await world.takeWrites()).map((line) => {
    const [call = '', body = '{}'] = line.split(/ (?=\{)/);
    return `${call}: ${Object.keys(JSON.parse(body)).sort().join(' ')}`;
  });
  expect(sent).toEqual([
    'POST LearningAim/600045: CertificateAppliedDate CertificateReceivedDate ID RegistrationDate RegistrationNumber',
    'POST Visit: AssessorID DateFrom DateTo LearnerID OrganisationID SMSReminder VisitTypeID',
    'POST Review: AssessorID LearnerID ScheduledFor Status VisitID',
  ]);
});

test('G-1: padded, decomposed and empty values of OneFile count as equal or blank, and nothing is written', async () => {
  const known = { registrationNumber: 'RG-é 7', registeredOn: null, certificateAppliedOn: A };
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [{ ...qualification, ...known }] })],
    records: withAims({ ...aim, RegistrationNumber: '  RG-e\u0301 7 ', CertificateAppliedDate: A }),
    switches: { nulls: 'explicit' },
  });
  await world.settle('10001', 'refresh');
  const { elementsTotal: _total, elementsDone: _done, ...shown } = firstOf(world.learner('10001')) ?? {};
  const { elementsTotal: _none, elementsDone: _nothing, ...before } = { ...qualification, ...known };
  expect(shown).toEqual(before);
  expect(await world.takeWrites()).toEqual([]);
});

test('D-5: the read before a push is published, and applied like any other', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-7' }] })],
    records: withAims({ ...aim, CertificateAppliedDate: A, Progress: 25 }),
  });
  await world.look('10001');
  const published = world.reconciler.records.flatMap((item) =>
    item.kind === 'observation' &&
    item.observation.entity === 'learning-aim' &&
    item.observation.cause === 'before-write'
      ? [item.observation]
      : [],
  );
  expect(published).toMatchObject([{ vendorId: '600045', record: { certificateAppliedOn: A } }]);
  await world.reconciler.drain();
  expect(firstOf(world.learner('10001'))).toMatchObject({ certificateAppliedOn: A, elementsDone: 25 });
});

test('D-3: one event delivered three times and out of order causes the calls of one', async () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-7' }] });
  await using world = await openOneFileWorld({ learners: [learner], records: withAims(aim) });
  await Promise.all([world.look('10001'), world.look('10001')]);
  await world.look('10001');
  expect(await world.takeWrites()).toEqual([
    'POST LearningAim/600045 {"ID":600045,"RegistrationNumber":"RG-7"}',
  ]);
});

test('D-4: a change with a lost event is sent by the daily run', async () => {
  await using world = await openOneFileWorld({
    learners: [buildLinked({ qualifications: [qualification] })],
    records: withAims(aim),
  });
  await world.settle('10001', 'refresh');
  world.pics.edit('10001', (learner) => ({
    ...learner,
    qualifications: learner.qualifications.map((one) => ({ ...one, registrationNumber: 'RG-7' })),
  }));
  expect(await readAim(world)).not.toMatchObject({ RegistrationNumber: 'RG-7' });
  await world.settle('10001', 'refresh');
  expect(await readAim(world)).toMatchObject({ RegistrationNumber: 'RG-7' });
});

test('OF-8, OF-41: one state of both sides gets the same calls and rows by a refresh, the daily run and on commit', async () => {
  const ends = [];
  for (const way of ['refresh', 'daily', 'commit'] as const) {
    const learner = buildLinked({
      ...{ mainOfficer: 'ABR001', qualifications: [{ ...qualification, registrationNumber: 'RG-7' }] },
      reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-02-01T10:00:00' })],
    });
    await using world = await openOneFileWorld({
      learners: [learner],
      officers: [{ code: 'ABR001', externalId: '400002' }],
      records: withAims({ ...aim, CertificateAppliedDate: A, Progress: 25 }),
    });
    const priority = way === 'daily' ? 'poll' : way === 'refresh' ? 'command' : 'live';
    await world.look('10001', way === 'commit' ? 'change' : 'refresh', { priority });
    await world.reconciler.drain();
    const { qualifications, reviews } = world.learner('10001');
    ends.push({ writes: await world.takeWrites(), qualifications, reviews });
  }
  expect(ends[1]).toEqual(ends[0]);
  expect(ends[2]).toEqual(ends[0]);
  expect(ends[0]?.writes).toHaveLength(3);
});

test('OF-41: a refresh is the daily exchange, and the daily run after it does nothing', async () => {
  const learner = buildLinked({ qualifications: [{ ...qualification, registrationNumber: 'RG-7' }] });
  await using world = await openOneFileWorld({ learners: [learner], records: withAims(aim) });
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toHaveLength(1);
  await expectRest(world);
});
