import { expect, test } from 'vitest';
import { setupOneFile, smallCentre, toShort } from '../../../../test/support/onefile-client.ts';

const context = { priority: 'live', cause: 'before-write' } as const;
const find = (code: string, typedId: string | null = null) => ({
  name: 'find-assessor',
  request: { code, typedId },
});

/** Asked and not found; the rules decide what follows. */
const notFound = { kind: 'done', vendorId: null, observed: [], shadow: [], links: [], findings: [] };

test.each([{}, { 'misid-filter': 'ignored' }, { profile: 'awkward' }])(
  'OF-32: an officer is found by MIS value in both assessor roles (%o)',
  async (switches) => {
    await using one = await setupOneFile({ switches });
    for (const [code, id] of [
      ['ABR001', '400002'],
      ['BCO001', '400003'],
    ] as const) {
      expect(await one.execute(find(code))).toMatchObject({
        kind: 'done',
        links: [{ kind: 'officer', picsId: code, vendorId: id, how: 'matched', ident: null }],
        observed: [{ entity: 'assessor', vendorId: id, learnerVendorId: null, record: { misId: code } }],
      });
    }
    expect(await one.execute(find('NONE01'))).toEqual(notFound);
  },
);

test('OF-32: a MIS value must match as a whole; a part of it or a name does not count', async () => {
  await using one = await setupOneFile({ switches: { 'misid-filter': 'ignored', 'name-filter': 'ignored' } });
  for (const code of ['ABR00', 'ABR0011', 'Brook']) {
    expect(await one.execute(find(code))).toEqual(notFound);
  }
});

test('OF-36: two assessors with one MIS value, one of them archived, are refused with both names', async () => {
  await using one = await setupOneFile();
  const twin = {
    ID: 400009,
    OrganisationID: 301,
    Role: 4,
    FirstName: 'Old',
    LastName: 'Brook',
    Email: 'o@x.example.org',
    MISID: 'ABR001',
  };
  await one.control('POST', '/records', { users: [twin] });
  await one.control('POST', '/act/users/400009/archive', {});
  expect(await one.execute(find('ABR001'))).toEqual({
    kind: 'rejected',
    code: 'MIS_NOT_UNIQUE',
    detail: 'Ada Brook, Old Brook',
    params: { vendor: 'onefile', kind: 'officer', code: 'ABR001', names: 'Ada Brook, Old Brook' },
  });
});

test('OF-32: an id in PICS is checked: it must be an assessor of the centre', async () => {
  await using one = await setupOneFile();
  expect(await one.execute(find('X', '400003'))).toMatchObject({
    ...{ kind: 'done', links: [], vendorId: '400003' },
  });
  for (const id of ['400061', '999999', 'x']) {
    expect(await one.execute(find('X', id))).toMatchObject({ kind: 'rejected', code: 'ID_NOT_FOUND' });
  }
});

test.each(['404', '400-json', '204'])(
  'G5, OF-24: an unknown id is reported as missing when OneFile answers %s',
  async (answer) => {
    await using one = await setupOneFile({ switches: { 'unknown-get': answer } });
    const request = { learnerId: '499999', ident: '10001' };
    expect(await one.execute({ name: 'check-learner', request })).toMatchObject({ code: 'ID_NOT_FOUND' });
    expect(await one.execute({ name: 'read-learner', request })).toMatchObject({ code: 'LINK_GONE' });
    const aim = await one.execute({ name: 'read-aim', request: { learnerId: '400061', aimId: '699999' } });
    expect(aim).toMatchObject({ kind: 'rejected', code: 'LINK_GONE' });
  },
);

test('OF-24: an id of an assessor, or of a learner of another centre, is not found as a learner', async () => {
  await using one = await setupOneFile();
  for (const learnerId of ['400002', '400062']) {
    const result = await one.execute({ name: 'check-learner', request: { learnerId, ident: '10001' } });
    expect(result).toMatchObject({ kind: 'rejected', code: 'ID_NOT_FOUND' });
  }
});

test("OF-24: another customer's learner is refused, and other work goes on", async () => {
  const records = {
    ...smallCentre,
    customers: [...smallCentre.customers, { ID: 12, Name: 'Other', token: 'sim-customer-2' }],
    organisations: [...smallCentre.organisations, { ID: 310, CustomerID: 12, Name: 'Elsewhere' }],
    users: [
      ...smallCentre.users,
      { ID: 400070, OrganisationID: 310, Role: 1, FirstName: 'A', LastName: 'B', Email: 'e@x.example.org' },
    ],
  };
  await using one = await setupOneFile({ records: records as never });
  const foreign = await one.execute({
    name: 'check-learner',
    request: { learnerId: '400070', ident: '10001' },
  });
  expect(foreign).toMatchObject({ kind: 'rejected', code: 'ID_NOT_FOUND' });
  expect(await one.execute({ name: 'read-aims', request: { learnerId: '400061' } })).toMatchObject({
    kind: 'done',
  });
});

test('O16: an aim that is gone is a broken link, not a refusal', async () => {
  await using one = await setupOneFile();
  const request = { aimId: '699999', learnerId: '400061', fields: { registrationNumber: 'R1' }, verify: [] };
  const result = await one.execute({ name: 'update-aim', effect: 'update', request });
  expect(result).toMatchObject({ kind: 'rejected', code: 'LINK_GONE' });
});

test.each([{}, { profile: 'awkward' }, { 'review-status': 'fixed-1', 'result-order': 'id-desc' }])(
  'O10: a review with a lost answer is found by its visit, and by nothing else (%o)',
  async (switches) => {
    await using one = await setupOneFile({ switches });
    const at = '2026-06-22T09:00:00.000Z';
    const reviews = [
      { ID: 800001, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1 },
      { ID: 800002, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700001 },
      { ID: 800003, LearnerID: 400062, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700002 },
      { ID: 800004, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700004 },
      { ID: 800005, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700004 },
    ];
    await one.control('POST', '/records', { reviews });
    const resolve = (visitId: string) =>
      one.client.resolve(
        {
          step: 'create-review',
          subject: 'review:r1',
          ident: '10001',
          naturalKey: `learner=400061 visit=${visitId}`,
        },
        context,
      );
    expect(await resolve('700001')).toMatchObject({
      kind: 'found',
      done: {
        vendorId: '800002',
        links: [{ kind: 'review', picsId: 'r1', vendorId: '800002', ident: '10001', how: 'created' }],
        observed: [{ entity: 'review', vendorId: '800002' }],
      },
    });
    expect(await resolve('700002')).toEqual({ kind: 'absent' }); // another learner's
    expect(await resolve('700003')).toEqual({ kind: 'absent' });
    expect(await resolve('700004')).toEqual({ kind: 'several', count: 2 });
  },
);

test('O11: a visit cannot be looked up: the setting decides, and no call is made', async () => {
  const intent = { step: 'create-visit', subject: 'review:r1', ident: '10001', naturalKey: null };
  for (const unknownVisit of ['repeat', 'hold'] as const) {
    await using one = await setupOneFile({ connection: { unknownVisit } });
    expect(await one.client.resolve(intent, context)).toEqual({ kind: 'blind', policy: unknownVisit });
    expect(toShort(await one.calls())).toEqual([]);
  }
});

test('before a visit is made the review of an earlier upload is looked for: of the same learner and time, and of no other record', async () => {
  await using one = await setupOneFile();
  const at = '2026-02-10T10:00:00Z';
  const reviews = [
    { ID: 800002, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700001 },
    { ID: 800003, LearnerID: 400062, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700002 },
    { ID: 800004, LearnerID: 400061, AssessorID: 400002, ScheduledFor: null, Status: 1, VisitID: 700003 },
  ];
  await one.control('POST', '/records', { reviews });
  const intent = { step: 'create-visit', subject: 'review:r1', ident: '10001', naturalKey: null };
  const resolve = (fromMs: number, taken: readonly string[] = []) => {
    const unsent = { request: { learnerId: '400061', fromMs }, taken: new Set(taken) };
    return one.client.resolve({ ...intent, unsent }, context);
  };
  const link = { kind: 'review', picsId: 'r1', vendorId: '800002', ident: '10001', how: 'created' };
  expect(await resolve(Date.parse(at))).toMatchObject({ kind: 'found', done: { links: [link] } });
  expect(await resolve(Date.parse(at) + 60_000)).toEqual({ kind: 'absent' });
  expect(await resolve(Date.parse(at), ['800002'])).toEqual({ kind: 'absent' });
  await one.control('POST', '/records', {
    reviews: [
      { ID: 800009, LearnerID: 400061, AssessorID: 400002, ScheduledFor: at, Status: 1, VisitID: 700009 },
    ],
  });
  expect(await resolve(Date.parse(at))).toEqual({ kind: 'several', count: 2 });
});
