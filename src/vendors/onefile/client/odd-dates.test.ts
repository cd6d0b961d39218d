import { expect, test } from 'vitest';
import { setupOneFile, smallCentre, toShort } from '../../../../test/support/onefile-client.ts';
import type { CallResult } from '../../../domain/step.ts';

function recordOf(result: CallResult) {
  if (result.kind !== 'done') throw new Error(result.kind);
  return result.observed[0]?.record ?? null;
}

const aimDates = ['startOn', 'plannedEndOn', 'achievedOn', 'registeredOn', 'certificateAppliedOn'] as const;
const wireNames = ['StartDate', 'PlannedEnd', 'AchievedDate', 'RegistrationDate', 'CertificateAppliedDate'];

test.each<[string, boolean]>([
  ['0001-01-01T00:00:00', false],
  ['1753-01-01T00:00:00', false],
  ['1900-01-01T00:00:00', false],
  ['9999-12-31T23:59:59.9999999', false],
  ['0202-06-15T00:00:00Z', true],
  ['2206-06-15T00:00:00Z', true],
])(
  'D-17: %s in any date of an aim: unreadable is %s, and the other fields are read',
  async (text, isUnreadable) => {
    const records = {
      ...smallCentre,
      aims: wireNames.map((name, at) => ({
        ...{ ID: 600101 + at, StandardID: 5003, UserID: 400061, Status: 0, Progress: 10 },
        ...{ RegistrationNumber: `RG-${at}`, CertificateReceivedDate: '2026-06-15T00:00:00Z' },
        [name]: text,
      })),
    };
    await using one = await setupOneFile({ records: records as never });
    for (const [at, field] of aimDates.entries()) {
      const result = await one.execute({ name: 'read-aim', request: { aimId: String(600101 + at) } });
      expect(recordOf(result)).toMatchObject({
        ...{ [field]: null, unreadable: isUnreadable ? [field] : null },
        ...{ registrationNumber: `RG-${at}`, certificateReceivedOn: '2026-06-15' },
      });
    }
  },
);

test('D-17, BR-05: the times of a review and the dates of a learner that stand for none are blank', async () => {
  const odd = '0001-01-01T00:00:00';
  const records = {
    ...smallCentre,
    users: smallCentre.users.map((user) => ({ ...user, DOB: '1900-01-01T00:00:00', StartOn: odd })),
    reviews: [
      {
        ...{ ID: 800001, LearnerID: 400061, AssessorID: 400002, Status: 1 },
        ...{ ScheduledFor: '2026-06-22T09:00:00Z', StartedOn: odd, LearnerSignedOn: '9999-12-31T00:00:00' },
      },
    ],
  };
  await using one = await setupOneFile({ records: records as never });
  const learner = await one.execute({ name: 'read-learner', request: { learnerId: '400061', ident: '1' } });
  expect(recordOf(learner)).toMatchObject({ dob: null, startOn: null, lastName: 'Tarrant' });
  const review = await one.execute({ name: 'read-reviews', request: { learnerId: '400061' } });
  expect(recordOf(review)).toMatchObject({
    ...{ startedAtMs: null, learnerSignedAtMs: null, unreadable: null },
    scheduledForMs: Date.UTC(2026, 5, 22, 9),
  });
});

const toUpdate = (fields: Record<string, string>) => ({
  name: 'update-aim',
  effect: 'update' as const,
  request: { aimId: '600045', learnerId: '400061', fields, verify: Object.keys(fields) },
});

test.each(['infinity', '-infinity', '0044-03-15 BC', '20226-01-15', '2206-01-15'])(
  'D-17, BR-13: %s is left out of an update, and the values beside it are sent',
  async (date) => {
    await using one = await setupOneFile();
    const before = (await one.calls()).length;
    const fields = { registrationNumber: 'RG-7', registeredOn: date, certificateAppliedOn: '2026-06-15' };
    const result = await one.execute(toUpdate(fields));
    const [write] = toShort((await one.calls()).slice(before));
    expect(write).toBe(
      'POST LearningAim/600045 {"ID":600045,"RegistrationNumber":"RG-7","CertificateAppliedDate":"2026-06-15T00:00:00.000Z"}',
    );
    // What was not sent is not taken for a field that OneFile does not keep.
    expect(result).toMatchObject({
      kind: 'done',
      findings: [
        { field: 'aim.registrationNumber=RegistrationNumber' },
        { field: 'aim.certificateApplied=CertificateAppliedDate' },
      ],
    });
  },
);

test('D-17, BR-13: a learner is enrolled without a date that is none', async () => {
  await using one = await setupOneFile();
  const request = {
    ...{ ident: '10007', firstName: 'Ida', lastName: 'Vale', email: 'ida@x.example.org', misId: '10007' },
    ...{ defaultAssessorId: '400002', placementId: '30001', classroomId: '2001' },
    ...{ birthDate: '2006-02-03', startOn: '0001-01-01', expectedEndOn: 'infinity' },
  };
  await one.execute({ name: 'create-learner', effect: 'create', request });
  const [sent] = toShort(await one.calls());
  expect(sent).toContain('"DOB":"2006-02-03T00:00:00.000Z"');
  expect(sent).not.toMatch(/StartOn|PlannedEndDate|infinity|null/);
});

test.each([
  [toUpdate({ registeredOn: 'infinity' })],
  [
    {
      name: 'update-learner',
      request: { learnerId: '400061', fields: { birthDate: 'infinity' }, verify: [] },
    },
  ],
  [
    {
      name: 'create-review',
      request: {
        reviewId: 'r',
        ident: '1',
        learnerId: '400061',
        assessorId: '400002',
        visitId: '7',
        scheduledForMs: NaN,
      },
    },
  ],
  [
    {
      name: 'create-visit',
      request: {
        reviewId: 'r',
        ident: '1',
        learnerId: '400061',
        assessorId: '400002',
        fromMs: Infinity,
        toMs: Infinity,
      },
    },
  ],
])('D-17, G-10: a call with nothing that can be sent is refused here, and never made (%o)', async (call) => {
  await using one = await setupOneFile();
  expect(await one.execute(call)).toMatchObject({ kind: 'rejected', code: 'UNREADABLE_DATE' });
  expect(await one.calls()).toEqual([]);
});
