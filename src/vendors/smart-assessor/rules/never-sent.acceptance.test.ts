import { expect, test } from 'vitest';
import { buildQualification, buildReview } from '../../../../test/support/learner.ts';
import {
  buildNewcomer,
  buildPlacement,
  openEnrolmentWorld,
} from '../../../../test/support/smart-assessor-world/enrolment.ts';
import type { Learner } from '../../../domain/learner.ts';

const qualification = buildQualification({
  reference: '603/1122/3',
  startOn: '2026-01-05',
  expectedEndOn: '2027-07-31',
});

test.each<[string, (learner: Learner) => Learner]>([
  [
    'SA-13: its name and address',
    (one) => ({ ...one, surname: 'Changed', email: 'c@x.example.org', address: ['9'] }),
  ],
  [
    'SA-13: its ULN, telephones and NI number',
    (one) => ({ ...one, uln: '1000000019', phone: '1', niNumber: 'QQ123456C' }),
  ],
  ['SA-13: its placement', (one) => ({ ...one, placements: [buildPlacement({ organisation: 'ALD001' })] })],
  ['SA-15: its Main Officer', (one) => ({ ...one, mainOfficer: 'ABR001' })],
  [
    'SA-40: a new review',
    (one) => ({ ...one, reviews: [buildReview({ id: 'r1', type: 'N', proposedAt: '2026-03-01T10:00:00' })] }),
  ],
  [
    'SA-60: registration and certificate',
    (one) => ({
      ...one,
      qualifications: [
        {
          ...qualification,
          registrationNumber: 'AB1',
          registeredOn: '2026-02-01',
          certificateAppliedOn: '2026-02-01',
        },
      ],
    }),
  ],
  [
    'SA-60: an end',
    (one) => ({ ...one, endOn: '2026-02-01', qualifications: [{ ...qualification, endOn: '2026-02-01' }] }),
  ],
  ['SA-60, A-10: a break', (one) => ({ ...one, isSuspended: true, status: 'S' })],
  ['SA-60: units', (one) => ({ ...one, qualifications: [{ ...qualification, hasUnits: true }] })],
  [
    'SA-14, A-8: a later qualification',
    (one) => ({
      ...one,
      qualifications: [qualification, buildQualification({ reference: '196AS', startOn: '2026-02-01' })],
    }),
  ],
  ['SA-14: one that is taken away', (one) => ({ ...one, qualifications: [] })],
])('%s of an enrolled learner is never sent, on commit or in the daily exchange', async (_title, edit) => {
  await using world = await openEnrolmentWorld([buildNewcomer({ qualifications: [qualification] })]);
  expect(await world.command('enrol', { ident: '10001' })).toMatchObject({ status: 'done' });
  await world.settle('10001');
  await world.takeWrites();
  world.pics.edit('10001', edit);
  await world.settle('10001');
  await world.settle('10001', 'refresh');
  expect(await world.takeWrites()).toEqual([]);
});

test('SA-40: a review of PICS is inserted, edited and deleted without a call', async () => {
  await using world = await openEnrolmentWorld([buildNewcomer()]);
  await world.command('enrol', { ident: '10001' });
  await world.settle('10001');
  await world.takeWrites();
  const review = buildReview({ id: 'r1', type: 'N', proposedAt: '2026-03-01T10:00:00' });
  for (const reviews of [[review], [{ ...review, proposedAt: '2026-03-02T10:00:00' }], []]) {
    world.pics.edit('10001', (learner) => ({ ...learner, reviews }));
    await world.settle('10001');
  }
  expect(await world.takeWrites()).toEqual([]);
});
