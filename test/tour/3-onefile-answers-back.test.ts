import { expect, test } from 'vitest';
import { planReview, typeNumber } from './acts.ts';
import { installLevel } from './installation.ts';

// OneFile does not tell when something changes there, so it is asked, as often as its limit on calls allows. What differs
// from the shadow is published; the reconciler decides by rule what PICS should make of it.

test('the assessor starts a review, the learner signs it, and PICS shows both', async () => {
  await using tour = await installLevel();
  await planReview(tour, 'r1', '2026-01-20T10:00:00');
  await tour.poll('reviews');
  await tour.reconcile();
  expect(tour.learner().reviews).toMatchObject([{ attended: 'U', actualAt: null, officer: 'ABR001' }]);

  const review = '/act/reviews/800001';
  await tour.oneFile.control('POST', `${review}/start`, { at: '2026-01-20T10:07:31Z' });
  await tour.oneFile.control('POST', `${review}/sign`, { by: 'assessor', at: '2026-01-20T11:00:00Z' });
  await tour.oneFile.control('POST', `${review}/sign`, { by: 'learner', at: '2026-01-20T23:30:00Z' });
  expect(await tour.poll('reviews')).toHaveLength(1);
  await tour.reconcile();
  expect(tour.learner().reviews).toMatchObject([
    { id: 'r1', attended: 'Y', actualAt: '2026-01-20T10:07:00', learnerSignedOn: '2026-01-20' },
  ]);
});

test('a review that was planned at OneFile becomes a row in PICS, and is not sent back up', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/act/reviews', {
    learnerId: 400061,
    scheduledFor: '2026-01-22T09:00:00Z',
    assessorId: 400002,
  });
  await tour.poll('reviews');
  await tour.reconcile();
  expect(tour.learner().reviews).toMatchObject([
    { type: 'N', proposedAt: '2026-01-22T09:00:00', attended: 'U' },
  ]);
  const [row] = tour.learner().reviews;
  await tour.calls();
  await tour.receive('itp_revu', {
    op: 'c',
    before: null,
    after: { id: row?.id ?? '', ident: '10001', type: 'N', attended: 'U', onefile_id: row?.oneFileId ?? '' },
    origin: 'picsync:onefile:1',
  });
  expect(tour.dispositions).toEqual(['echo']);
  expect(await tour.calls()).toEqual([]);
});

// A value that only one side has fills the other side's blank. Where both have one, OneFile's stands.

test('PICS and OneFile disagree about a registration number, and OneFile wins', async () => {
  await using tour = await installLevel();
  await typeNumber(tour, 'WRONG-1', 1);
  expect(await tour.calls()).toEqual(['POST LearningAim/Search/1/100 {"UserID":400061}']);
  await tour.reconcile();
  expect(tour.learner().qualifications[1]?.registrationNumber).toBe('RG-1');
});

test('a number typed at OneFile a moment before is not overwritten by one typed in PICS', async () => {
  await using tour = await installLevel();
  await tour.oneFile.control('POST', '/act/aims/600045/registration', { registrationNumber: 'FIRST-1' });
  await typeNumber(tour, 'SECOND-1');
  expect((await tour.calls()).filter((call) => call.startsWith('POST LearningAim/6'))).toEqual([]);
  await tour.reconcile();
  expect(tour.learner().qualifications[0]?.registrationNumber).toBe('FIRST-1');
});
