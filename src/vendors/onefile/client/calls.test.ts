import { describe, expect, test } from 'vitest';
import { setupOneFile, smallCentre, toShort } from '../../../../test/support/onefile-client.ts';
import type { JsonObject } from '../../../domain/json.ts';

const visit = {
  name: 'create-visit',
  effect: 'create',
  subject: 'review:r1',
  request: {
    ident: '10001',
    reviewId: 'r1',
    learnerId: '400061',
    assessorId: '400002',
    fromMs: Date.parse('2026-06-22T09:00:00Z'),
    toMs: Date.parse('2026-06-22T10:00:00Z'),
    visitType: 'faceToFace',
  },
} as const;

const toReview = (visitId: string) =>
  ({
    name: 'create-review',
    effect: 'create',
    subject: 'review:r1',
    naturalKey: `learner=400061 visit=${visitId}`,
    request: {
      ident: '10001',
      reviewId: 'r1',
      learnerId: '400061',
      assessorId: '400002',
      visitId,
      scheduledForMs: Date.parse('2026-06-22T09:00:00Z'),
    },
  }) as const;

const toUpdate = (fields: JsonObject, verify: readonly string[] = []) =>
  ({
    name: 'update-aim',
    effect: 'update',
    subject: 'aim:600045',
    request: { aimId: '600045', learnerId: '400061', fields, verify: [...verify] },
  }) as const;

/** The same calls under every way OneFile may answer. The client must make the same of each. */
const switchSets: readonly JsonObject[] = [
  {},
  { profile: 'awkward' },
  { 'paged-rows': 'short' },
  { 'result-order': 'shuffled' },
  { 'date-output': 'iso-s-z' },
  { 'date-output': 'ticks' },
  { 'date-output': 'zoneless' },
  { nulls: 'explicit' },
  { 'no-match': '200-empty-array' },
  { 'page-past-end': 'repeat-last' },
  { 'token-body': 'json-string' },
  { 'create-answer': 'quoted-int' },
  { 'aim-update-answer': '200-empty' },
  { 'aim-update-answer': '200-id' },
  { 'aim-update-answer': '200-object' },
  { 'review-status': 'fixed-1' },
  { 'review-date-filter': 'ignored' },
  { 'name-filter': 'ignored', 'misid-filter': 'ignored' },
  { 'standard-code': 'in-title' },
  { 'aim-statuses': 'renumbered' },
  { 'expired-session': '403-json' },
  { 'last-modified-output': 'absent' },
  { 'clear-by-null': 'clears' },
  { 'review-without-visit': '400' },
  { 'ui-date-storage': 'utc-midnight' },
  { 'session-parallel': 'one' },
];

describe.each(switchSets)('with %o', (switches) => {
  test('a field push and an upload succeed, and are read back as they were sent', async () => {
    await using one = await setupOneFile({ switches });
    const learner = await one.execute({
      name: 'check-learner',
      request: { learnerId: '400061', ident: '10001' },
    });
    expect(learner).toMatchObject({
      kind: 'done',
      observed: [{ entity: 'learner', vendorId: '400061', record: { lastName: 'Tarrant', misId: '10001' } }],
      // The rules make the link, because they know which link it replaces.
      links: [],
    });

    const read = { name: 'read-aims', request: { learnerId: '400061' } };
    const aims = await one.execute(read);
    expect(toRecords(aims)).toMatchObject({
      600045: { reference: '60311223', progress: 40.5, registrationNumber: null },
      600046: { reference: '196AS', progress: 0, registrationNumber: 'RG-1' },
    });
    const fields = { registrationNumber: 'RG-55120', certificateReceivedOn: '2026-06-15' };
    const updated = await one.execute(toUpdate(fields));
    expect(updated).toMatchObject({
      kind: 'done',
      observed: [],
      shadow: [{ entity: 'learning-aim', vendorId: '600045', learnerVendorId: '400061' }],
    });
    const shadow = updated.kind === 'done' ? updated.shadow[0]?.record : null;
    expect(shadow).toEqual({ ...toRecords(aims)['600045'], ...fields });
    expect(toRecords(await one.execute(read))['600045']).toEqual(shadow);

    const made = await one.execute(visit);
    const visitId = made.kind === 'done' ? (made.vendorId ?? '') : '';
    expect(made).toMatchObject({ kind: 'done', links: [{ kind: 'visit', picsId: 'r1', vendorId: visitId }] });
    const review = await one.execute(toReview(visitId));
    expect(review).toMatchObject({ kind: 'done', links: [{ kind: 'review', picsId: 'r1', how: 'created' }] });
    const reviews = await one.execute({ name: 'read-reviews', request: { learnerId: '400061' } });
    expect(Object.values(toRecords(reviews))).toMatchObject([
      {
        learnerId: '400061',
        assessorId: '400002',
        visitId,
        scheduledForMs: Date.parse('2026-06-22T09:00:00Z'),
        startedAtMs: null,
        learnerSignedAtMs: null,
      },
    ]);
  });
});

function toRecords(result: Awaited<ReturnType<Awaited<ReturnType<typeof setupOneFile>>['execute']>>) {
  if (result.kind !== 'done') throw new Error(`not done: ${result.kind} ${result.detail}`);
  return Object.fromEntries(result.observed.map(({ vendorId, record }) => [vendorId, record]));
}

test('each call sends exactly the required request, and no further calls are made', async () => {
  await using one = await setupOneFile();
  const sent = async (call: Parameters<typeof one.execute>[0]): Promise<string[]> => {
    const before = (await one.calls()).length;
    expect(await one.execute(call)).toMatchObject({ kind: 'done' });
    return toShort((await one.calls()).slice(before));
  };
  expect(await sent({ name: 'check-learner', request: { learnerId: '400061', ident: '10001' } })).toEqual([
    'GET User/400061',
  ]);
  expect(await sent({ name: 'read-aims', request: { learnerId: '400061' } })).toEqual([
    'POST LearningAim/Search/1/100 {"UserID":400061}',
    'POST Standard/Search/1/100 {"OrganisationID":301}', // once: the catalogue is kept
  ]);
  expect(await sent({ name: 'read-aims', request: { learnerId: '400061' } })).toEqual([
    'POST LearningAim/Search/1/100 {"UserID":400061}',
  ]);
  expect(await sent({ name: 'read-aim', request: { learnerId: '400061', aimId: '600045' } })).toEqual([
    'GET LearningAim/600045',
  ]);
  expect(await sent({ name: 'read-reviews', request: { learnerId: '400061' } })).toEqual([
    'POST Review/Search/1/100 {"OrganisationID":301,"LearnerID":400061}',
  ]);
  const all = { registrationNumber: 'R1', registeredOn: '2026-06-15', certificateAppliedOn: '2026-07-01' };
  expect(await sent(toUpdate(all))).toEqual([
    'POST LearningAim/600045 {"ID":600045,"RegistrationNumber":"R1",' +
      '"RegistrationDate":"2026-06-15T00:00:00.000Z","CertificateAppliedDate":"2026-07-01T00:00:00.000Z"}',
  ]);
  expect(await sent(visit)).toEqual([
    'POST Visit {"LearnerID":400061,"OrganisationID":301,"AssessorID":400002,' +
      '"DateFrom":"2026-06-22T09:00:00.000Z","DateTo":"2026-06-22T10:00:00.000Z","VisitTypeID":2,"SMSReminder":false}',
  ]);
  expect(await sent(toReview('700001'))).toEqual([
    'POST Review {"LearnerID":400061,"AssessorID":400002,"Status":1,"VisitID":700001,' +
      '"ScheduledFor":"2026-06-22T09:00:00.000Z"}',
  ]);
  // The engine has taken the first call of each step from the budget; the client takes the rest.
  expect(one.taken).toEqual(['command', 'live']);
});

test('O12: a name that the centre does not know is detected at its first write', async () => {
  await using one = await setupOneFile({ switches: { 'certificate-received-name': 'CertReceived' } });
  const request = toUpdate({ certificateReceivedOn: '2026-06-15' }, ['certificateReceivedOn']);
  expect(await one.execute(request)).toMatchObject({
    kind: 'done',
    findings: [
      { kind: 'field-support', field: 'aim.certificateReceived=CertificateReceivedDate', isKept: false },
    ],
    observed: [{ cause: 'after-write', record: { certificateReceivedOn: null } }],
    shadow: [{ sent: { certificateReceivedOn: { value: '2026-06-15', shown: null, state: 'lost' } } }],
    holds: [{ subject: 'learning-aim-field:600045/certificateReceivedOn', code: 'VALUE_NOT_KEPT' }],
  });
});

test('O12: a name that is kept is reported as kept; the settings can override a name', async () => {
  await using one = await setupOneFile({
    switches: { 'certificate-received-name': 'CertReceived' },
    connection: { names: { 'aim.certificateReceived': 'CertReceived' } },
  });
  const request = toUpdate({ certificateReceivedOn: '2026-06-15' }, ['certificateReceivedOn']);
  expect(await one.execute(request)).toMatchObject({
    findings: [{ field: 'aim.certificateReceived=CertReceived', isKept: true }],
    observed: [{ record: { certificateReceivedOn: '2026-06-15' } }],
  });
});

test.each([
  ['london-midnight', '2026-06-14T23:00:00'],
  ['utc-midnight', '2026-06-15T00:00:00'],
])('A-42: a date typed by a person is the same London date (%s)', async (storage, stored) => {
  await using one = await setupOneFile({ switches: { 'ui-date-storage': storage } });
  await one.control('POST', '/act/aims/600045/registration', { registrationDate: '2026-06-15' });
  const raw = (await one.control('GET', '/records/aims/600045')) as JsonObject;
  expect(String(raw['RegistrationDate'])).toContain(stored);
  const aims = await one.execute({ name: 'read-aims', request: { learnerId: '400061' } });
  expect(toRecords(aims)['600045']).toMatchObject({ registeredOn: '2026-06-15' });
});

test('A-28: the explicit pair of elements is read where it is shown, unit summaries where the setting asks for them', async () => {
  await using pair = await setupOneFile({ switches: { elements: 'pair' } });
  await pair.control('POST', '/act/aims/600045/progress', {
    progress: 50,
    elementsTotal: 8,
    elementsDone: 3,
  });
  const read = { name: 'read-aims', request: { learnerId: '400061' } };
  expect(toRecords(await pair.execute(read))['600045']).toMatchObject({ elementsTotal: 8, elementsDone: 3 });

  const unitSummaries = [100, 40, 100].map((Progress, n) => ({
    ID: 900001 + n,
    UserID: 400061,
    StandardID: 5003,
    UnitID: `U_${n}`,
    Progress,
  }));
  await using units = await setupOneFile({
    switches: { elements: 'units' },
    records: { ...smallCentre, unitSummaries } as never,
    connection: { readUnitSummaries: true },
  });
  const records = toRecords(await units.execute(read));
  expect(records['600045']).toMatchObject({ elementsTotal: 3, elementsDone: 2 });
  expect(records['600046']).toMatchObject({ elementsTotal: null, elementsDone: null });
});

test('OF-42: an aim read only in a page, or not yet read, is known completely after its update', async () => {
  await using one = await setupOneFile();
  const unseen = await one.execute(toUpdate({ registrationNumber: 'RG-1' }));
  expect(unseen).toMatchObject({
    observed: [{ vendorId: '600045', cause: 'after-write', record: { registrationNumber: 'RG-1' } }],
  });
  await using other = await setupOneFile();
  const resource = { name: 'aims', entity: 'learning-aim', scope: 'learner' } as const;
  const request = {
    resource,
    cursor: null,
    learnerVendorId: '400061',
    extent: 'full',
    cause: 'poll',
  } as const;
  await other.client.readPage(request);
  const paged = await other.execute(toUpdate({ registrationNumber: 'RG-1' }));
  expect(paged).toMatchObject({
    shadow: [{ vendorId: '600045', record: { registrationNumber: 'RG-1', progress: 40.5 } }],
  });
});
